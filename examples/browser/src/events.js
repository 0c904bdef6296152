// Sends what happened to the server: what waits for a second goes together, and again with the same ids until it is answered.
const waiting = [];
let timer;

export function tell(event) {
  waiting.push({ event_id: crypto.randomUUID(), timestamp: new Date().toISOString(), attributes: {}, ...event });
  timer ??= setTimeout(send, 1000);
}

async function send() {
  const events = waiting.slice(0, 500);
  const answer = await post(events, {}).catch(() => undefined);
  const isToBeSentAgain = !answer || answer.status === 429 || answer.status >= 500;
  if (!isToBeSentAgain) {
    waiting.splice(0, events.length);
  }
  const seconds = isToBeSentAgain ? Number(answer?.headers.get("Retry-After")) || 5 : 0;
  timer = waiting.length ? setTimeout(send, seconds * 1000) : undefined;
}

function post(events, options) {
  return fetch(`${FLAGPLATFORM_URL}/api/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Key": FLAGPLATFORM_KEY },
    body: JSON.stringify({ events }),
    ...options,
  });
}

// A page that is left sends what waits once more; the server counts an id once, should it have arrived before.
addEventListener("pagehide", () => waiting.length && post(waiting.slice(0, 100), { keepalive: true }));
