/** The plain values that fixtures are made of. */
export const HOSTILE_NAME =
  `<img src=x onerror="alert(1)"> ‮evil‬ 🔥👩‍👩‍👧‍👦 عنوان ${"verylongname".repeat(20)}`.slice(0, 300);

export const INTENTS = [
  "refund_request",
  "delivery_status",
  "cancel_order",
  "change_address",
  "payment_failed",
  "invoice_copy",
  "login_problem",
  "product_question",
  "complaint",
  "warranty_claim",
  "discount_code",
  "speak_to_human",
] as const;

/** Numbers between 0 and 1 that look random and are always the same (Park and Miller 1988). */
export function noise(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
