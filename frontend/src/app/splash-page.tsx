import { BrandMark } from "@/components/brand-mark.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** While it is not yet known who is here. */
export function SplashPage() {
  const { t } = useI18n();
  return (
    <div role="status" style={{ minHeight: "100dvh", display: "grid", placeContent: "center", justifyItems: "center", opacity: 0.6 }}>
      <BrandMark size={40} />
      <span className="visually-hidden">{t("state.loading")}</span>
    </div>
  );
}
