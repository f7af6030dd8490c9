import { Chip } from "@/components/chip.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Tone } from "@/lib/job-states.ts";

const TONES: Record<Dataset["state"], Tone> = {
  inspecting: "hot",
  needs_mapping: "held",
  validating: "hot",
  ready: "cool",
  invalid: "failed",
};

interface Props {
  state: Dataset["state"];
}

export function DatasetStateChip({ state }: Props) {
  const { t } = useI18n();
  return (
    <Chip tone={TONES[state]} isLive={TONES[state] === "hot"}>
      {t(`dataset.state.${state}`)}
    </Chip>
  );
}
