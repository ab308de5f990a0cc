import type * as plot from "@observablehq/plot";

/** Observable Plot itself: charts receive it, so that it loads when the first one is shown. */
export type Plot = typeof plot;
export type PlotOptions = plot.PlotOptions;

/** Plot's options, or what makes them once Plot is loaded. */
export type Chart = PlotOptions | ((plot: Plot) => PlotOptions);
