import { fromRoot } from "../../root.ts";

/**
 * An SVG as a PNG (base64), for front ends that show no HTML. It is drawn with the fonts in
 * `fonts/` and no others, so that it has the same bytes on every machine.
 */
export async function toPng(svg: string, zoom = 1): Promise<string> {
  const { Resvg } = await import("@resvg/resvg-js");
  const fontFiles = ["NotoSans.ttf", "NotoSansSC.otf", "NotoSansMath.ttf"].map((file) =>
    fromRoot("lib", "teach", "fonts", file),
  );
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: zoom },
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Noto Sans" },
  });
  return image.render().asPng().toString("base64");
}
