import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import classes from "@/components/filter-bar.module.css";
import { MOST_CHARACTERS } from "@/lib/use-name-filter.ts";

const SEARCH_MS = 250;

interface Props {
  label: string;
  shown: string;
  onChange: (q: string) => void;
}

/** Asks a moment after the last key; what comes from elsewhere, such as a saved view, is taken over. */
export function SearchField({ label, shown, onChange }: Props) {
  const [text, setText] = useState(shown);
  const [last, setLast] = useState(shown);
  if (shown !== last) {
    setLast(shown);
    if (shown !== text.trim()) setText(shown);
  }
  const ask = useDebouncedCallback((value: string) => onChange(value.trim()), SEARCH_MS);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      type="search"
      maxLength={MOST_CHARACTERS}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={text}
      className={classes["search"]}
      onChange={(event) => {
        setText(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
    />
  );
}
