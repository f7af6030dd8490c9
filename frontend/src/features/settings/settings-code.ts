import { type AuditQuery, settingsCalls } from "@/features/settings/calls.ts";
import type { CodeGroup } from "@/lib/api-call.ts";
import { blank } from "@/lib/call-blanks.ts";
import { stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

interface Settings {
  name: string;
  isManager: boolean;
}

/** What can be asked and done about the organisation, its members and its keys. */
export function settingsCode({ name, isManager }: Settings, t: Translate): CodeGroup[] {
  const [member, invitation, key] = [blank("MEMBER"), blank("INVITATION"), blank("KEY")];
  const members = [settingsCalls.members()];
  if (!isManager) return [{ title: null, steps: stepsOf([settingsCalls.read(), ...members], t) }];
  return [
    { title: t("org.title"), steps: stepsOf([settingsCalls.read(), settingsCalls.rename(name)], t) },
    {
      title: t("members.title"),
      steps: stepsOf(
        [
          ...members,
          settingsCalls.changeRole(member, "viewer"),
          settingsCalls.removeMember(member),
          settingsCalls.invitations(),
          settingsCalls.invite({ email: "person@example.com", role: "member" }),
          settingsCalls.revokeInvitation(invitation),
        ],
        t,
      ),
    },
    { title: t("keys.title"), steps: stepsOf([settingsCalls.apiKeys(), settingsCalls.revokeKey(key)], t) },
  ];
}

/** The log as it is filtered, and as a file. */
export function auditCode(query: AuditQuery, t: Translate): CodeGroup[] {
  return [{ title: null, steps: stepsOf([settingsCalls.auditLog(query), settingsCalls.auditFile(query), settingsCalls.auditActions()], t) }];
}

export function usageCode(t: Translate): CodeGroup[] {
  return [{ title: null, steps: stepsOf([settingsCalls.usage(), settingsCalls.quotas()], t) }];
}
