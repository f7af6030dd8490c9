import { createContext, use } from "react";

import type { Session, Tenant } from "@/lib/api-types.ts";

export interface Workspace {
  user: NonNullable<Session["user"]>;
  tenant: Tenant;
  tenants: readonly Tenant[];
  /** What prices are in: a code of ISO 4217. */
  currency: string;
  /** Whether large files go straight to the object store. */
  takesDirectUploads: boolean;
  /** For how long a deleted dataset or model can be brought back. */
  restorableDays: number;
  switchTenant: (tenantId: string) => void;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

/** Who is here and for which organisation; only below the signed-in shell. */
export function useWorkspace(): Workspace {
  const value = use(WorkspaceContext);
  if (value === null) throw new Error("useWorkspace is only available to signed-in pages");
  return value;
}
