import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http.ts";

/** Names under which this machine is reached; any other Host is another site's name for us. */
const ownNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Who may use the server: whoever knows its token, from a page of its own. */
export class Auth {
  constructor(
    readonly token: string,
    /** Cookies are shared by all ports of a host, so the name carries the port. */
    readonly cookieName: string,
  ) {}

  /**
   * Refuses what a foreign page sends. A name that an attacker resolves to 127.0.0.1 (DNS
   * rebinding) shows in Host, a foreign page in Origin.
   */
  checkSource({ headers }: IncomingMessage): void {
    const { host = "", origin } = headers;
    if (!ownNames.has(host.replace(/:\d+$/, "").toLowerCase())) {
      throw new HttpError(403, `host: ${host}. Use 127.0.0.1 or localhost.`);
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      throw new HttpError(403, `origin: ${origin}. Pages of other sites may not use this server.`);
    }
  }

  /** Is the token there, in the address, the header or the cookie? */
  isKnown(message: IncomingMessage, url: URL): boolean {
    const { authorization = "" } = message.headers;
    const header = /^(?:token|bearer)\s+(.*)$/i.exec(authorization)?.[1];
    if (this.matches(header) || this.matches(url.searchParams.get("token"))) return true;
    return this.matches(this.cookieOf(message)) && this.isOwnPage(message);
  }

  /** The cookie that keeps a browser logged in until the server stops. */
  get cookie(): string {
    return `${this.cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Lax`;
  }

  /**
   * A browser sends cookies whichever page asks, so a change needs more than the cookie: an Origin,
   * which browsers put on every such request and `checkSource` has compared.
   */
  private isOwnPage({ method = "GET", headers }: IncomingMessage): boolean {
    return safeMethods.has(method) || headers.origin !== undefined;
  }

  private cookieOf({ headers }: IncomingMessage): string | undefined {
    const start = `${this.cookieName}=`;
    const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
  }

  /** Takes the same time whatever is wrong. */
  private matches(given: string | null | undefined): boolean {
    if (given === null || given === undefined) return false;
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(given), digest(this.token));
  }
}
