import { fromRoot } from "../../root.ts";

/** An SVG as a PNG (base64), for front ends that show no HTML. */
export async function toPng(svg: string): Promise<string> {
  return (await rasterize(svg)).asPng().toString("base64");
}

/** Drawn with the fonts in `fonts/` and no others: the same pixels on every machine. */
export async function rasterize(svg: string) {
  const { Resvg } = await import("@resvg/resvg-js");
  const fontFiles = ["NotoSans.ttf", "NotoSansSC.otf", "NotoSansMath.ttf"].map((file) =>
    fromRoot("lib", "teach", "fonts", file),
  );
  const image = new Resvg(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Noto Sans" },
  });
  return image.render();
}
