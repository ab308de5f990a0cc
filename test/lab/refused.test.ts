import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newFolder, startTestLab } from "./lab.ts";

// It ended the server: a page that reconnects to a kernel which is gone, and is closed meanwhile.
test("who hangs up while a websocket is refused does no harm", async () => {
  const lab = await startTestLab({ root: newFolder() });
  try {
    const { hostname, port, host } = new URL(lab.url);
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write(
        `GET /api/kernels/gone/channels?token=${lab.token} HTTP/1.1\r\nHost: ${host}\r\n` +
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
      );
      if (i % 2 === 0) await setTimeout(2);
      socket.resetAndDestroy();
    }
    await setTimeout(100);
    const status = await fetch(`${lab.url}api/status?token=${lab.token}`);
    assert.is(status.status, 200);
  } finally {
    await lab.close();
  }
});

test.run();
