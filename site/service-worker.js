// Keeps what a reader has loaded of this site, so that a second visit needs no network. What may change is asked for
// again and taken from here where there is no answer; Pyodide and the wheels never change under their names.

const KEPT = "convolution-course";
const FOR_GOOD = /\/pyodide\/(?:[\d.]+|wheels)\//;
const LISTED = /\/pyodide\/course\.json$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(FOR_GOOD.test(request.url) ? keptFirst(request) : newFirst(request));
});

const kept = async (request) => (await caches.open(KEPT)).match(request, { ignoreSearch: true });

async function keptFirst(request) {
  return (await kept(request)) ?? fetchAndKeep(request);
}

async function newFirst(request) {
  try {
    return await fetchAndKeep(request);
  } catch (error) {
    const found = await kept(request);
    if (found) return found;
    throw error;
  }
}

async function fetchAndKeep(request) {
  const answer = await fetch(request);
  if (answer.status === 200) {
    const cache = await caches.open(KEPT);
    await cache.put(request, answer.clone());
    if (LISTED.test(request.url)) await forgetWhatIsOld(cache, await answer.clone().json());
  }
  return answer;
}

// Of Pyodide and the wheels, what the newest list does not name.
async function forgetWhatIsOld(cache, { version, wheels }) {
  const wanted = [`/pyodide/${version}/`, ...wheels.map((wheel) => `/pyodide/${wheel}`)];
  for (const request of await cache.keys()) {
    const isOld = FOR_GOOD.test(request.url) && !wanted.some((part) => request.url.includes(part));
    if (isOld) await cache.delete(request);
  }
}
