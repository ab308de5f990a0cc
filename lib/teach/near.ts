/**
 * Cuts off what lies far outside of a drawing, where nobody sees it. resvg, which makes the PNG, ends
 * the whole process for a line that leaves the drawing by less than twice its size, upward or to the
 * left, and draws nothing at all at ten million pixels.
 */

/** How far outside things stay as they are, as a share of the drawing's size. */
const MARGIN = 0.5;
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
  const box = {
    left: -MARGIN * width,
    top: -MARGIN * height,
    right: (1 + MARGIN) * width,
    bottom: (1 + MARGIN) * height,
  };
  for (const path of svg.querySelectorAll("path")) cutPath(path, box);
  for (const line of svg.querySelectorAll("line")) cutSegment(line, box);
  for (const rect of svg.querySelectorAll("rect")) {
    cutSide(rect, "x", "width", box.left, box.right);
    cutSide(rect, "y", "height", box.top, box.bottom);
  }
  for (const mark of svg.querySelectorAll("circle, [transform]")) {
    if (!isInside(placeOf(mark), box)) mark.remove();
  }
}

/** Where a mark is: a circle's centre, or what it is translated to. */
function placeOf(mark: Element): Point {
  const [, x, y] = /translate\(([^,)]+),([^)]+)\)/.exec(mark.getAttribute("transform") ?? "") ?? [];
  return [Number(x ?? mark.getAttribute("cx")), Number(y ?? mark.getAttribute("cy"))];
}

const isInside = ([x, y]: Point, { left, top, right, bottom }: Box) =>
  x >= left && x <= right && y >= top && y <= bottom;

function cutSegment(line: Element, box: Box): void {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = ["x1", "y1", "x2", "y2"].map((name) =>
    near(Number(line.getAttribute(name))),
  );
  const inside = segmentInside([x1, y1], [x2, y2], box);
  if (inside === undefined) return line.remove();
  const [[u1, v1], [u2, v2]] = inside;
  const ends = { x1: u1, y1: v1, x2: u2, y2: v2 };
  for (const [name, value] of Object.entries(ends)) line.setAttribute(name, String(value));
}

function cutSide(rect: Element, at: string, size: string, least: number, most: number): void {
  if (!rect.hasAttribute(size)) return;
  const begin = Number(rect.getAttribute(at));
  const end = begin + Number(rect.getAttribute(size));
  const [from, to] = [within(begin, least, most), within(end, least, most)];
  rect.setAttribute(at, String(from));
  rect.setAttribute(size, String(to - from));
}

const within = (value: number, least: number, most: number) =>
  Math.min(Math.max(value, least), most);
const near = (value: number) => within(value, -FARTHEST, FARTHEST);

/** Straight pieces are cut where they leave; of a path with curves the points are moved nearer. */
function cutPath(path: Element, box: Box): void {
  const d = path.getAttribute("d") ?? "";
  const pieces = (d.match(/M[^M]*/g) ?? []).map((text) => ({ text, points: pointsOf(text) }));
  if (pieces.every(({ points }) => points.every((point) => isInside(point, box)))) return;
  const isStraight = !/[^MLZ,\s]/.test(d.replaceAll(NUMBERS, ""));
  path.setAttribute("d", isStraight ? pieces.map(cutPiece).join("") : d.replaceAll(PAIRS, moved));

  function cutPiece({ text, points }: { text: string; points: Point[] }): string {
    if (text.endsWith("Z")) return `${drawn(cutPolygon(points, box))}Z`;
    return cutLine(points, box).map(drawn).join("");
  }
  function moved(pair: string): string {
    const [[x, y] = [0, 0]] = pointsOf(pair);
    return `${within(x, box.left, box.right)},${within(y, box.top, box.bottom)}`;
  }
}

const NUMBER = /-?(?:[\d.]+(?:e[-+]?\d+)?|Infinity)/.source;
const NUMBERS = new RegExp(NUMBER, "g");
const PAIRS = new RegExp(`${NUMBER},${NUMBER}`, "g");

const pointsOf = (text: string) =>
  (text.match(PAIRS) ?? []).map(
    (pair) => pair.split(",").map((each) => near(Number(each))) as Point,
  );

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
