import { Chip } from "@/components/chip.tsx";
import type { Verdict } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const TONES = { better: "cool", no_difference: "held", worse: "failed" } as const;

interface Props {
  outcome: Verdict["outcome"];
}

export function VerdictChip({ outcome }: Props) {
  const { t } = useI18n();
  return <Chip tone={TONES[outcome]}>{t(`verdict.${outcome}`)}</Chip>;
}
