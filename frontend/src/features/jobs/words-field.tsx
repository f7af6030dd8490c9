import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

interface Props {
  label: string;
  words: string;
  onChange: (words: string) => void;
}

/** Words that a list of a result is narrowed by, at every key: all of it is here already. */
export function WordsField({ label, words, onChange }: Props) {
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={15} aria-hidden />}
      value={words}
      maxLength={200}
      w={240}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
