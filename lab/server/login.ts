import type { Reply } from "./http.ts";

/** The page for a browser that has no token, or the token of a server that is gone. */
export function loginPage(): Reply {
  return {
    status: 403,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: page,
  };
}

const page = `<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Downhill 下山</title>
<style>
  body { max-width: 34rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.7 system-ui, sans-serif;
         color: #222; background: #fff; }
  code { background: #8882; padding: .1em .3em; border-radius: .2em; }
  @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818; } }
</style>
</head>
<body>
<main>
<section lang="zh">
<h1>这个页面需要口令</h1>
<p>启动 Downhill 的终端里印有一行网址，形如 <code>http://127.0.0.1:…/lab?token=…</code>。
请把那一整行复制到浏览器里打开。</p>
<p>服务器每次启动都会换一个口令：如果你刚刚重新启动过它，旧的页面就打不开了，请用新的网址。
如果终端已经关闭，请重新运行 <code>npm start</code>。</p>
</section>
<section lang="en">
<h1>This page needs a token</h1>
<p>The terminal in which Downhill was started shows an address like
<code>http://127.0.0.1:…/lab?token=…</code>. Copy the whole line into your browser.</p>
<p>Every start makes a new token: a page of an earlier start no longer opens, use the new address.
If the terminal is closed, run <code>npm start</code> again.</p>
</section>
</main>
</body>
</html>
`;
