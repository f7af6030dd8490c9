import { useSearchParams } from "react-router";

/** A choice on a page that stands in its address under `name`, so that a link to it shows the same; null where none was made. */
export function useAddressChoice(name: string): [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const choose = (value: string | null) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      // No step back for every click, and no jump to the top.
      { replace: true, preventScrollReset: true },
    );
  return [params.get(name), choose];
}
