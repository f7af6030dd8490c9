import "@/app/mantine-styles.ts";
import "@/app/tokens.css";
import "@/app/base.css";
import "@/app/print.css";
import "@/app/mantine.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/app.tsx";
import { loadCatalogue } from "@/lib/i18n/load-catalogue.ts";
import { initialLocale } from "@/lib/preferences.ts";
import { requestContext } from "@/lib/request-context.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const locale = initialLocale();
requestContext.locale = locale;
const catalogue = await loadCatalogue(locale);
createRoot(root).render(
  <StrictMode>
    <App initial={{ locale, catalogue }} />
  </StrictMode>,
);
