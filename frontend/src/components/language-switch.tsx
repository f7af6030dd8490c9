import { SegmentedControl } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Each language under its own name, so that it can be found by whoever cannot read the other. */
export function LanguageSwitch() {
  const { locale, setLocale, t } = useI18n();
  return (
    <SegmentedControl
      aria-label={t("settings.language")}
      size="xs"
      value={locale}
      onChange={(value) => setLocale(value === "zh-CN" ? "zh-CN" : "en")}
      data={[
        { value: "en", label: "English" },
        { value: "zh-CN", label: "中文" },
      ]}
    />
  );
}
