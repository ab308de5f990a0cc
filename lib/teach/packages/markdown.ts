export { default as rehypeStringify } from "rehype-stringify";
export { default as remarkMath } from "remark-math";
export { default as remarkParse } from "remark-parse";
export { default as remarkRehype } from "remark-rehype";
export { unified } from "unified";
