import { SegmentedControl, Switch, useMantineColorScheme } from "@mantine/core";

import { LanguageSwitch } from "@/components/language-switch.tsx";
import { Section } from "@/components/section.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { rememberKeys, type Scheme } from "@/lib/preferences.ts";
import { useKeysOn } from "@/lib/use-keys-on.ts";

const SCHEMES: readonly Scheme[] = ["auto", "light", "dark"];

export function PreferencesSection() {
  const { t } = useI18n();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const areKeysOn = useKeysOn();
  return (
    <Section title={t("settings.preferences")} hint={t("settings.preferences_hint")} isSplit>
      <div className="stack" style={{ alignItems: "flex-start" }}>
        <div>
          <p className="small" style={{ fontWeight: 550, marginBottom: 4 }}>
            {t("settings.language")}
          </p>
          <LanguageSwitch />
        </div>
        <div>
          <p className="small" style={{ fontWeight: 550, marginBottom: 4 }}>
            {t("settings.theme")}
          </p>
          <SegmentedControl
            aria-label={t("settings.theme")}
            size="xs"
            value={colorScheme}
            onChange={(value) => setColorScheme(SCHEMES.find((entry) => entry === value) ?? "auto")}
            data={SCHEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
          />
        </div>
        <Switch
          label={t("settings.keys")}
          description={t("settings.keys_hint")}
          checked={areKeysOn}
          onChange={(event) => rememberKeys(event.currentTarget.checked)}
        />
      </div>
    </Section>
  );
}
