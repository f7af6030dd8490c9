/** A drawing, not data: a loss that cools down, over hairlines. */
export function CoolingFigure() {
  return (
    <figure aria-hidden="true">
      <svg viewBox="0 0 560 240" focusable="false">
        <defs>
          <linearGradient id="cooling" x1="0" x2="1">
            <stop offset="0" stopColor="var(--ember-mark)" />
            <stop offset="0.42" stopColor="var(--ember)" />
            <stop offset="1" stopColor="var(--steel-mark)" />
          </linearGradient>
        </defs>
        {[0, 60, 120, 180, 240].map((y) => (
          <line key={y} x1="0" x2="560" y1={y} y2={y} stroke="var(--rule)" />
        ))}
        <path
          d="M0 14 L10 30 18 22 28 52 38 44 50 80 60 70 74 102 88 94 104 128 118 118 136 146 152 138 172 162 190 154 214 176 236 170 262 186 290 182 318 195 350 192 384 202 420 200 458 207 500 206 560 210"
          fill="none"
          stroke="var(--rule-strong)"
          strokeWidth="1.5"
        />
        <path d="M0 16 C70 60 84 140 190 164 C290 188 400 206 560 209" fill="none" stroke="url(#cooling)" strokeWidth="4" strokeLinecap="round" />
        <circle cx="560" cy="209" r="6" fill="var(--steel-mark)" />
      </svg>
    </figure>
  );
}
