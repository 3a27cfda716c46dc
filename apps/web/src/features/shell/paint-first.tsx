import { headers } from "next/headers";

/**
 * Runs in the browser, so it may use nothing from outside itself: takes the page's scripts out of it
 * before they run (a script that has moved to another document does not) and puts them back once
 * the page has been painted. They are fetched meanwhile.
 */
const holdScriptsUntilPaint = () => {
  // Who is not looking waits for no paint, and none would come.
  if (document.hidden) return;
  const elsewhere = document.implementation.createHTMLDocument();
  const held: HTMLScriptElement[] = [];
  const hold = (node: Node) => {
    if (!(node instanceof HTMLScriptElement) || !node.async || !node.src) return;
    held.push(node);
    elsewhere.adoptNode(node);
  };
  for (const script of document.querySelectorAll("script")) hold(script);
  const parsed = new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) hold(node);
  });
  parsed.observe(document, { childList: true, subtree: true });
  const release = () => {
    parsed.disconnect();
    for (const { attributes, nonce } of held.splice(0)) {
      const script = document.createElement("script");
      for (const { name, value } of attributes) script.setAttribute(name, value);
      script.nonce = nonce;
      document.head.append(script);
    }
  };
  // A frame later the first pictures are there too.
  const painted = () => requestAnimationFrame(() => setTimeout(release));
  new PerformanceObserver((entries) => {
    if (entries.getEntriesByName("first-contentful-paint").length > 0) painted();
  }).observe({ type: "paint", buffered: true });
  // No browser may leave the page without its scripts, whether it tells of paints or not.
  addEventListener("load", () => setTimeout(release, 1_000));
};

/**
 * Lets a page be seen before its scripts run: from a cache or over a fast line they arrive while it
 * is laid out, and hydrating it first made the first paint twice as late. Stands in the head.
 */
export const PaintFirst = async () => {
  const policy = (await headers()).get("content-security-policy");
  const nonce = /'nonce-([^']+)'/.exec(policy ?? "")?.[1];
  return (
    <script
      nonce={nonce}
      // The browser hides a nonce from scripts.
      suppressHydrationWarning
      dangerouslySetInnerHTML={{ __html: `(${holdScriptsUntilPaint.toString()})()` }}
    />
  );
};
