// A page that is reloaded while a cell runs has forgotten what it asked for. The server has not: it
// sends the cell's output again from the beginning, marked with the cell (lab/server/mailbox.ts),
// and this plugin puts it there.
import { INotebookTracker } from "@jupyterlab/notebook";

const outputs = new Set(["stream", "display_data", "execute_result", "error"]);

function findCell(panel, id) {
  const cells = Array.from(panel.model?.cells ?? []);
  return cells.find((cell) => cell.id === id && cell.type === "code");
}

/** Shows one message in its cell, as the cell's own output area would. */
function show(cell, { header, content }, places) {
  const display = content.transient?.display_id;
  if (outputs.has(header.msg_type)) {
    const length = cell.outputs.add({ ...content, output_type: header.msg_type });
    if (display !== undefined) places.set(display, [...(places.get(display) ?? []), length - 1]);
  } else if (header.msg_type === "update_display_data") {
    for (const place of places.get(display) ?? []) {
      cell.outputs.set(place, { ...content, output_type: "display_data" });
    }
  } else if (header.msg_type === "clear_output") {
    cell.outputs.clear(content.wait);
  } else if (header.msg_type === "execute_input") {
    cell.outputs.clear();
    cell.executionCount = content.execution_count;
    cell.trusted = true;
  } else if (header.msg_type === "status") {
    cell.executionState = content.execution_state === "idle" ? "idle" : "running";
  }
}

export default {
  id: "downhill:resume",
  description: "Shows the outputs of cells that were running when the page was reloaded.",
  autoStart: true,
  requires: [INotebookTracker],
  activate(_app, tracker) {
    tracker.widgetAdded.connect((_tracker, panel) => {
      /** Display id -> where in its cell it is shown. */
      const places = new Map();
      panel.sessionContext.iopubMessage.connect((context, message) => {
        const { cellId } = message.metadata.downhill ?? {};
        const isOwn = message.parent_header.session === context.session?.kernel?.clientId;
        const cell = isOwn ? undefined : findCell(panel, cellId);
        if (cell !== undefined) show(cell, message, places);
      });
    });
  },
};
