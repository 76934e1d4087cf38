// The site's service worker keeps what is loaded from here on; what this page has loaded before, it asks for again.

export function keepForOffline(site) {
  if (!navigator.serviceWorker) return;
  const wasKept = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.register(new URL("service-worker.js", site)).catch(() => {});
  if (wasKept) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    for (const address of [location.href, ...loaded]) fetch(address).catch(() => {});
  }, { once: true });
}

// Until what is loaded is kept, but not for long: a browser may have no service workers.
export function whenKept() {
  if (!navigator.serviceWorker || navigator.serviceWorker.controller) return Promise.resolve();
  return new Promise((go) => {
    navigator.serviceWorker.addEventListener("controllerchange", go, { once: true });
    setTimeout(go, 2000);
  });
}
