import { useId } from "react";

interface Props {
  size?: number;
}

/** A cooling curve: hot at the left, slowly down to strength. */
export function BrandMark({ size = 24 }: Props) {
  const gradient = useId();
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id={gradient} x1="0" x2="1">
          <stop offset="0" stopColor="var(--ember-mark)" />
          <stop offset="0.5" stopColor="var(--ember)" />
          <stop offset="1" stopColor="var(--steel-mark)" />
        </linearGradient>
      </defs>
      <path d="M3 5.5C9.5 5.5 9 23.6 18.4 25.6c3.4.7 6.9.9 10.6.9" fill="none" stroke={`url(#${gradient})`} strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="3.9" cy="5.5" r="3" fill="var(--ember-mark)" />
    </svg>
  );
}
