import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { overviewCalls } from "@/features/overview/calls.ts";
import { send } from "@/lib/call.ts";


const QUIET_MS = 150;

/** What the server finds by name. While it looks again, what it found before stays, so that nothing flickers. */
export function useFound(typed: string, isOnline: boolean) {
  const wanted = typed.trim().slice(0, 100);
  const [asked] = useDebouncedValue(wanted, QUIET_MS);
  const isAsked = wanted !== "" && asked !== "" && isOnline;
  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: ({ signal }) => send(overviewCalls.search(asked), signal),
    enabled: isAsked,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
  return {
    data: isAsked ? found.data : undefined,
    isLooking: isOnline && wanted !== "" && (asked !== wanted || found.isFetching),
    isFailed: isAsked && found.isError,
  };
}
