import { hashKey, type QueryKey, useMutationState } from "@tanstack/react-query";

/**
 * Options of a change that is shown before the server has confirmed it: several of a key are sent one after the other, so that the last
 * click is also the last that is kept, and without a connection one fails at once instead of waiting behind what looks done.
 */
export function shownAtOnce(mutationKey: QueryKey) {
  return { mutationKey, scope: { id: hashKey(mutationKey) }, networkMode: "always" } as const;
}

/**
 * `data` as it will be once all changes of the key that are under way are made. Nothing is written to the cache: what the server says
 * meanwhile goes below, and what it refuses is gone by itself. `apply` takes what mutations of the key are given.
 */
export function useHoped<Data>(mutationKey: QueryKey, data: Data, apply: (data: Data, wish: never) => Data): Data {
  const wishes = useMutationState({ filters: { mutationKey, status: "pending" }, select: ({ state }) => state.variables as never });
  return wishes.reduce(apply, data);
}
