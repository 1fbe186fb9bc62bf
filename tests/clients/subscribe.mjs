// Subscribes by the graphql-ws client: subscribe.mjs URL TOKEN DOCUMENT HOW_MANY
// Prints a line for what it goes through, as JSON; ends after so many results.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, query, howMany] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: token ? { authorization: `Bearer ${token}` } : {},
  retryAttempts: 0,
  lazy: false,
  keepAlive: 200,
  on: {
    connected: () => say({ connected: true }),
    pong: () => say({ pong: true }),
    closed: (event) => say({ closed: event.code }),
  },
});

let left = Number(howMany);
try {
  for await (const result of client.iterate({ query })) {
    say({ result });
    left -= 1;
    if (left === 0) break;
  }
  say({ done: true });
} catch (error) {
  say({ failed: Array.isArray(error) ? error.map((each) => each.extensions?.code) : String(error.code ?? error) });
}
await client.dispose();
