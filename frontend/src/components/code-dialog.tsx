import { Modal, Tabs, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

import { CodeEntry } from "@/components/code-entry.tsx";
import { CODE_LANGUAGES, codeIn, type CodeLanguage, isCodeLanguage } from "@/components/code-language.ts";
import classes from "@/components/code.module.css";
import { CopyField } from "@/components/copy-field.tsx";
import { type CodeGroup, hasBlanks } from "@/lib/api-call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** So few stand open at once; more of them are opened one by one. */
const MOST_OPEN = 3;
/** From so many on there is a field to search in. */
const LEAST_SEARCHED = 8;

interface Props {
  title: string;
  groups: readonly CodeGroup[];
  onClose: () => void;
}

/** What a page or a button does, as code to paste into a shell or a program. Mounted while it is open. */
export function CodeDialog({ title, groups, onClose }: Props) {
  const { t } = useI18n();
  const [opener] = useState(() => document.activeElement);
  const [language, setLanguage] = useState<CodeLanguage>("curl");
  const [wanted, setWanted] = useState("");
  // By what it says, so that it stays open in the other language and while others are searched.
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (name: string) => setOpen(open.has(name) ? new Set([...open].filter((one) => one !== name)) : new Set([...open, name]));
  const all = groups.flatMap(({ steps }) => steps);
  const found = fitting(groups, wanted);
  const close = () => {
    onClose();
    if (opener instanceof HTMLElement) opener.focus();
  };
  return (
    <Modal opened onClose={close} returnFocus={false} title={title} size={720} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <p className="small muted">
        {t("code.hint")} {all.some(({ call }) => hasBlanks(call)) && t("code.blanks")}
      </p>
      {all.length >= LEAST_SEARCHED && (
        <TextInput
          mt="sm"
          type="search"
          aria-label={t("code.search")}
          placeholder={t("code.search")}
          leftSection={<IconSearch size={15} aria-hidden />}
          data-autofocus
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <Tabs value={language} onChange={(value) => isCodeLanguage(value) && setLanguage(value)} keepMounted={false} mt="sm">
        <Tabs.List aria-label={t("code.language")}>
          {CODE_LANGUAGES.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {CODE_LANGUAGES.map((name) => (
          <Tabs.Panel key={name} value={name} pt="md">
            <div className="stack">
              {found.map((group) => (
                <section key={group.title ?? ""} aria-label={group.title ?? title}>
                  {group.title !== null && <h3 className={classes["group"]}>{group.title}</h3>}
                  <ul className={classes["entries"]}>
                    {group.steps.map((step) => {
                      const key = `${step.call.method} ${step.call.path} ${step.label}`;
                      return (
                        <li key={key}>
                          {all.length <= MOST_OPEN ? (
                            <div className={classes["whole"]}>
                              <CopyField label={step.label} text={codeIn(name, step.call)} />
                            </div>
                          ) : (
                            <CodeEntry step={step} language={name} isOpen={open.has(key)} onToggle={() => toggle(key)} />
                          )}
                        </li>
                      );
                    })}
                  </ul>
                </section>
              ))}
              <p role="status" className="muted">
                {found.length === 0 && t("code.nothing")}
              </p>
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Modal>
  );
}

/** Those whose words or addresses hold every word that was typed; groups without any are left out. */
function fitting(groups: readonly CodeGroup[], typed: string): CodeGroup[] {
  const words = typed.toLowerCase().split(/\s+/);
  return groups
    .map(({ title, steps }) => ({
      title,
      steps: steps.filter(({ label, call }) => {
        const text = `${title ?? ""} ${label} ${call.method} ${call.path}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ steps }) => steps.length > 0);
}
