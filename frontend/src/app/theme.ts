import { createTheme } from "@mantine/core";

/** Numbers only; colours live in tokens.css and the looks of the parts in mantine.css. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--font-code)",
  defaultRadius: 6,
  respectReducedMotion: true,
  cursorType: "pointer",
  focusRing: "auto",
  breakpoints: { xs: "30em", sm: "48em", md: "64em", lg: "80em", xl: "100em" },
});
