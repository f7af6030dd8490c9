import { LineKey } from "@/components/line-key.tsx";
import { jobStyle } from "@/features/compare/job-style.ts";

interface Props {
  /** The place of the job among those that are compared. */
  place: number;
  name: string;
}

/** A job's name with the line that it has in the charts. */
export function JobMark({ place, name }: Props) {
  return (
    <>
      <LineKey {...jobStyle(place)} />
      <bdi title={name}>{name}</bdi>
    </>
  );
}
