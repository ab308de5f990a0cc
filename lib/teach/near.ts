/**
 * Cuts off what lies far outside of a drawing, where nobody sees it. resvg, which makes the PNG, ends
 * the whole process for a line that leaves the drawing by some thousand pixels, upward or to the
 * left, and draws nothing at all at ten million.
 */

/** How far outside things stay as they are, in pixels: no stroke and no label is as large. */
const MARGIN = 200;
/** Further away there is nothing: differences of such numbers are still exact enough. */
const FARTHEST = 1e12;

type Point = [x: number, y: number];

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Changes the marks of a drawing of this size that reach far outside. */
export function cutFarAway(svg: Element, width: number, height: number): void {
  const box = { left: -MARGIN, top: -MARGIN, right: width + MARGIN, bottom: height + MARGIN };
  const insideX = (x: number) => within(x, box.left, box.right);
  const insideY = (y: number) => within(y, box.top, box.bottom);
  for (const path of svg.querySelectorAll("path")) edit(path, "d", (d) => cutPath(d, box));
  for (const line of svg.querySelectorAll("line")) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = ["x1", "y1", "x2", "y2"].map((name) =>
      near(Number(line.getAttribute(name))),
    );
    const inside = segmentInside([x1, y1], [x2, y2], box);
    if (inside === undefined) line.remove();
    else {
      const [[u1, v1], [u2, v2]] = inside;
      for (const [name, value] of Object.entries({ x1: u1, y1: v1, x2: u2, y2: v2 }))
        line.setAttribute(name, String(value));
    }
  }
  for (const rect of svg.querySelectorAll("rect")) {
    cutSide(rect, "x", "width", insideX);
    cutSide(rect, "y", "height", insideY);
  }
  for (const circle of svg.querySelectorAll("circle")) {
    edit(circle, "cx", (x) => String(insideX(Number(x))));
    edit(circle, "cy", (y) => String(insideY(Number(y))));
  }
  for (const moved of svg.querySelectorAll("[transform]")) {
    edit(moved, "transform", (text) =>
      text.replace(
        /translate\(([^,)]+),([^)]+)\)/,
        (_, x: string, y: string) => `translate(${insideX(Number(x))},${insideY(Number(y))})`,
      ),
    );
  }
}

function edit(mark: Element, name: string, change: (value: string) => string): void {
  const value = mark.getAttribute(name);
  if (value !== null) mark.setAttribute(name, change(value));
}

function cutSide(rect: Element, at: string, size: string, inside: (value: number) => number): void {
  if (!rect.hasAttribute(size)) return;
  const begin = Number(rect.getAttribute(at));
  const end = begin + Number(rect.getAttribute(size));
  rect.setAttribute(at, String(inside(begin)));
  rect.setAttribute(size, String(inside(end) - inside(begin)));
}

const within = (value: number, least: number, most: number) =>
  Math.min(Math.max(value, least), most);
const near = (value: number) => within(value, -FARTHEST, FARTHEST);

const NUMBERS = /-?(?:[\d.]+(?:e[-+]?\d+)?|Infinity)/g;

/**
 * The part of a path that is near. Straight pieces are cut where they leave; of a path with curves
 * the points are moved nearer.
 */
function cutPath(d: string, box: Box): string {
  const farthest = box.right + box.bottom;
  const isNear = (text: string) => Math.abs(Number(text)) < farthest;
  if ((d.match(NUMBERS) ?? []).every(isNear)) return d;
  const commands = d.replaceAll(NUMBERS, "");
  if (/[^MLZ,\s]/.test(commands)) {
    return d.replaceAll(NUMBERS, (text) => String(within(Number(text), -farthest, farthest)));
  }
  return (d.match(/M[^M]*/g) ?? [])
    .map((piece) => {
      const values = (piece.match(NUMBERS) ?? []).map((text) => near(Number(text)));
      const points = Array.from({ length: values.length / 2 }, (_, i): Point => {
        return [values[2 * i]!, values[2 * i + 1]!];
      });
      if (piece.endsWith("Z")) return `${drawn(cutPolygon(points, box))}Z`;
      return cutLine(points, box).map(drawn).join("");
    })
    .join("");
}

const drawn = (points: readonly Point[]) => (points.length === 0 ? "" : `M${points.join("L")}`);

/** The runs of a polyline that are inside. */
function cutLine(points: readonly Point[], box: Box): Point[][] {
  const runs: Point[][] = [];
  let end: Point | undefined;
  for (let i = 1; i < points.length; i++) {
    const inside = segmentInside(points[i - 1]!, points[i]!, box);
    if (inside === undefined) continue;
    const [from, to] = inside;
    if (end !== undefined && end[0] === from[0] && end[1] === from[1]) runs.at(-1)!.push(to);
    else runs.push([from, to]);
    end = to;
  }
  return runs;
}

/** Liang and Barsky (1984): the part of a segment inside of a box, if there is one. */
function segmentInside([x, y]: Point, [u, v]: Point, box: Box): [Point, Point] | undefined {
  const [dx, dy] = [u - x, v - y];
  let [first, last] = [0, 1];
  for (const [slope, room] of [
    [-dx, x - box.left],
    [dx, box.right - x],
    [-dy, y - box.top],
    [dy, box.bottom - y],
  ] as const) {
    if (slope === 0 && room < 0) return undefined;
    if (slope < 0) first = Math.max(first, room / slope);
    if (slope > 0) last = Math.min(last, room / slope);
  }
  if (first > last) return undefined;
  const at = (t: number): Point => (t === 0 ? [x, y] : t === 1 ? [u, v] : [x + t * dx, y + t * dy]);
  return [at(first), at(last)];
}

/** Sutherland and Hodgman (1974): the part of a polygon inside of a box, cut edge by edge. */
function cutPolygon(points: readonly Point[], { left, top, right, bottom }: Box): Point[] {
  const edges = [
    { axis: 0, at: left, sign: 1 },
    { axis: 0, at: right, sign: -1 },
    { axis: 1, at: top, sign: 1 },
    { axis: 1, at: bottom, sign: -1 },
  ] as const;
  return edges.reduce<Point[]>(
    (corners, { axis, at, sign }) =>
      corners.flatMap((to, i) => {
        const from = corners.at(i - 1)!;
        const isIn = (point: Point) => sign * (point[axis] - at) >= 0;
        const t = (at - from[axis]) / (to[axis] - from[axis]);
        const crossing: Point = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
        if (isIn(from) === isIn(to)) return isIn(to) ? [to] : [];
        return isIn(to) ? [crossing, to] : [crossing];
      }),
    [...points],
  );
}
