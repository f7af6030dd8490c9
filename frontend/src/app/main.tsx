import "@/app/mantine-styles.ts";
import "@/app/tokens.css";
import "@/app/base.css";
import "@/app/print.css";
import "@/app/mantine.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { askAhead } from "@/app/ahead.ts";
import { App } from "@/app/app.tsx";
import { loadHouse } from "@/app/house.ts";
import { makeRouter } from "@/app/router.tsx";
import { sessionQuery, watchSession } from "@/features/session/session-queries.ts";
import { englishDoor, loadWords } from "@/lib/i18n/load-catalogue.ts";
import { initialLocale } from "@/lib/preferences.ts";
import { makeQueryClient } from "@/lib/query-client.ts";
import { requestContext } from "@/lib/request-context.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const locale = initialLocale();
requestContext.locale = locale;
// Everything that is needed is asked for at once. Whoever was in an organisation before is most likely still signed in.
const router = makeRouter();
const queryClient = makeQueryClient();
watchSession(queryClient);
// An answer that does not come is told by the page, which asks again.
queryClient.query(sessionQuery).catch(() => undefined);
const isKnown = requestContext.tenantId !== null;
if (isKnown) {
  void loadHouse();
  askAhead(queryClient, location);
}
// No `await` here: files that are asked for stand on this one, and would wait for it to end.
// Where the line breaks, there are words to say so.
void loadWords(locale, isKnown).catch(englishDoor).then((words) => {
  createRoot(root).render(
    <StrictMode>
      <App router={router} queryClient={queryClient} initial={words} />
    </StrictMode>,
  );
});
