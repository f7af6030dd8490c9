import { createTheme } from "@mantine/core";

/** Numbers only; colours live in tokens.css and the looks of the parts in mantine.css. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--font-code)",
  defaultRadius: 6,
  respectReducedMotion: true,
  cursorType: "pointer",
  focusRing: "auto",
  // Spelt out, so that it stands in the markup as data-variant, where mantine.css looks for it.
  components: {
    Button: { defaultProps: { variant: "filled" } },
    // The page has one banner already; the head of a dialog is none.
    Modal: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    // What is optional says so in words; nearly everything is required.
    InputWrapper: { defaultProps: { withAsterisk: false } },
  },
  breakpoints: { xs: "30em", sm: "48em", md: "64em", lg: "80em", xl: "100em" },
});
