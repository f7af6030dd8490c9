import "@/app/mantine-house-styles.ts";

import { type ReactNode, useEffect, useRef, useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";

import { AccountMenu } from "@/app/account-menu.tsx";
import { Contents } from "@/app/contents.tsx";
import { Palette } from "@/app/palette/palette.tsx";
import { PaletteButton, PaletteIcon } from "@/app/palette/palette-button.tsx";
import { PLACES } from "@/app/places.ts";
import classes from "@/app/shell.module.css";
import { ShortcutsDialog } from "@/app/shortcuts/shortcuts-dialog.tsx";
import { useShortcuts } from "@/app/shortcuts/use-shortcuts.ts";
import { BrandMark } from "@/components/brand-mark.tsx";
import { OfflineBanner } from "@/components/offline-banner.tsx";
import { Bell } from "@/features/notifications/bell.tsx";
import { SignedOutDialog } from "@/features/session/signed-out-dialog.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { DeletedOrganisation } from "@/features/settings/deleted-organisation.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canRead } from "@/lib/permissions.ts";

/** What is in every page; `children` stand in place of the page. Sidebar at the left; on a phone a bar at the top and the navigation at the bottom. */
export function Shell({ children }: { children?: ReactNode }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const lastPath = useRef(pathname);
  const [open, setOpen] = useState<"palette" | "help" | null>(null);
  const close = () => setOpen(null);
  const openPalette = () => setOpen("palette");
  const openHelp = () => setOpen("help");
  // There is nothing that billing members could look at.
  const isReader = canRead(tenant);
  useShortcuts({ onPalette: openPalette, onHelp: openHelp });
  useEffect(() => {
    // A new page: to its top, and screen readers and keyboards start there.
    if (lastPath.current !== pathname) {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    lastPath.current = pathname;
  }, [pathname]);
  return (
    <div className={classes["shell"]}>
      <a href="#content" className="skip-link">
        {t("nav.skip")}
      </a>
      <header className={classes["side"]}>
        <div className={classes["head"]}>
          <Link to="/" className={classes["brand"]} aria-label={t("nav.home")}>
            <BrandMark size={22} />
            Anneal
          </Link>
          {isReader && <Bell />}
        </div>
        <div className={classes["topbar"]}>
          <Link to="/" className={classes["brand"]} aria-label={t("nav.home")}>
            <BrandMark size={20} />
            Anneal
          </Link>
          <div className={classes["topActions"]}>
            <PaletteIcon onOpen={openPalette} />
            {isReader && <Bell />}
            <AccountMenu />
          </div>
        </div>
        <div className={classes["search"]}>
          <PaletteButton onOpen={openPalette} />
        </div>
        <nav className={classes["nav"]} aria-label={t("nav.label")}>
          <ul>
            {PLACES.map(({ to, label, Icon }) => (
              <li key={to}>
                <NavLink to={to} end={to === "/"} className={classes["link"] ?? ""}>
                  <Icon size={18} stroke={1.7} aria-hidden />
                  {t(label)}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
        <Contents />
        <div className={classes["foot"]}>
          <AccountMenu />
        </div>
      </header>
      <div className={classes["main"]}>
        <OfflineBanner />
        <main id="content" ref={main} tabIndex={-1} className={classes["content"]}>
          <DeletedOrganisation />
          {children ?? <Outlet />}
        </main>
      </div>
      {open === "palette" && <Palette onClose={close} onHelp={openHelp} />}
      <ShortcutsDialog isOpen={open === "help"} onClose={close} />
      <SignedOutDialog />
    </div>
  );
}
