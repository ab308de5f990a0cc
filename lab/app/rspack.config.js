// Two kinds of output: static/ (the application, one entry) and themes/ (one style sheet each).
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { rspack } = require("@rspack/core");
const svgToDataUri = require("mini-svg-data-uri");

const out = join(__dirname, "dist");

/** The packages in package.json that are JupyterLab extensions: name and what they offer. */
const packages = Object.keys(require("./package.json").dependencies)
  .map((name) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")))
  .filter((data) => data.jupyterlab !== undefined && data.jupyterlab.coreDependency === undefined);

/** `true` stands for the package's main module. */
const modules = (kind) =>
  packages
    .filter(({ jupyterlab }) => jupyterlab[kind])
    .map(({ name, jupyterlab }) => [name, jupyterlab[kind]])
    .map(([name, file]) => `import(${JSON.stringify(file === true ? name : `${name}/${file}`)})`);

const extensionsModule = `
${packages
  .filter(({ styleModule }) => styleModule)
  .map(({ name, styleModule }) => `import ${JSON.stringify(`${name}/${styleModule}`)};`)
  .join("\n")}
export const extensions = [${modules("extension").join(", ")}];
export const mimeExtensions = [${modules("mimeExtension").join(", ")}];
`;

const svgAsDataUri = {
  dataUrl: {
    content: ({ content }) => svgToDataUri(content.toString()),
    mimetype: "image/svg+xml",
  },
};
const files = /\.(jpe?g|png|gif|woff2?|ttf|eot)(\?.*)?$/;

const application = {
  name: "application",
  mode: "production",
  entry: { lab: "./src/index.js" },
  output: {
    path: join(out, "static"),
    publicPath: "/static/",
    filename: "[name].[contenthash:16].js",
    chunkFilename: "chunk.[contenthash:16].js",
    assetModuleFilename: "asset.[contenthash:16][ext]",
  },
  module: {
    rules: [
      { test: /(?<!\.raw)\.css$/, use: ["style-loader", "css-loader"], type: "javascript/auto" },
      { test: /\.raw\.css$|\.txt$|\.md$/, type: "asset/source" },
      { test: files, type: "asset/resource" },
      // A picture in a style sheet is an address, in a module it is text.
      { test: /\.svg$/, issuer: /\.css$/, type: "asset/inline", generator: svgAsDataUri },
      { test: /\.svg$/, issuer: /\.js$/, type: "asset/source" },
      { test: /\.[cm]?js$/, type: "javascript/auto", resolve: { fullySpecified: false } },
    ],
  },
  resolve: {
    fallback: {
      url: false,
      buffer: false,
      crypto: false,
      path: require.resolve("path-browserify"),
      process: require.resolve("process/browser"),
    },
  },
  plugins: [
    new rspack.experiments.VirtualModulesPlugin({ "src/extensions.js": extensionsModule }),
    new rspack.ProvidePlugin({ process: "process/browser" }),
  ],
  performance: false,
};

const theme = ({ name, jupyterlab }) => ({
  name,
  mode: "production",
  entry: { index: join(name, jupyterlab.themePath) },
  output: { path: join(out, "themes", name), assetModuleFilename: "[contenthash:16][ext]" },
  module: {
    rules: [
      {
        test: /\.css$/,
        use: [rspack.CssExtractRspackPlugin.loader, "css-loader"],
        type: "javascript/auto",
      },
      { test: /\.svg$/, type: "asset/inline", generator: svgAsDataUri },
      { test: files, type: "asset" },
    ],
  },
  plugins: [new rspack.CssExtractRspackPlugin()],
});

module.exports = [application, ...packages.filter((p) => p.jupyterlab.themePath).map(theme)];
