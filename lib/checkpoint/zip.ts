/**
 * The zip container of `torch.save`, whose entries are stored, not compressed. So the entries are
 * together never larger than the file, and a zip that promises more is refused before any of it is
 * read. Not fflate's reader, because that one neither tests nor tells the checksums.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5; PyTorch's
 * `caffe2/serialize/inline_container.h`.
 */
import { crc32 } from "./crc32.ts";
import { CheckpointError } from "./errors.ts";
import { Reader } from "./reader.ts";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_SIZE = 22;
const MAX_ENTRIES = 2 ** 20;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_EXTRA = 1;
const IN_ZIP64 = 0xffffffff;

interface Entry {
  name: string;
  encrypted: boolean;
  method: number;
  checksum: number;
  packed: number;
  size: number;
  offset: number;
}

/** The entries of a zip file by the name below its one top folder, not copied, checksums tested. */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const listed = readDirectory(bytes);
  const promised = listed.reduce((sum, { size }) => sum + size, 0);
  if (promised > bytes.length) {
    throw new CheckpointError(
      `zip: its entries claim ${promised} bytes, but the file has ${bytes.length}. ` +
        "The file is damaged, or made to fill the memory",
    );
  }
  const top = listed[0]?.name.split("/")[0] + "/";
  const entries = new Map<string, Uint8Array>();
  for (const entry of listed) {
    const name = entry.name.slice(top.length);
    if (!entry.name.startsWith(top)) {
      throw new CheckpointError(`zip: ${entry.name} is outside the folder ${top} of the others`);
    }
    if (entries.has(name)) throw new CheckpointError(`zip: ${entry.name} is there twice`);
    entries.set(name, readEntry(bytes, entry));
  }
  return entries;
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const { count, offset } = readEnd(bytes);
  const reader = new Reader(bytes, "zip", offset);
  if (count > MAX_ENTRIES) {
    throw new CheckpointError(`zip: ${count} entries. At most ${MAX_ENTRIES} are read`);
  }
  const entries: Entry[] = [];
  while (entries.length < count) entries.push(readCentralHeader(reader));
  return entries;
}

/** Where the directory of entries begins, and how many there are: at the very end of the file. */
function readEnd(bytes: Uint8Array): { count: number; offset: number } {
  const at = bytes.length - END_SIZE;
  const reader = new Reader(bytes, "zip", at);
  if (at < 0 || reader.u32() !== END) {
    throw new CheckpointError("zip: its end is missing. The file is cut short or damaged");
  }
  reader.at = at - ZIP64_LOCATOR_SIZE;
  if (reader.at >= 0 && reader.u32() === ZIP64_LOCATOR) {
    reader.at += 4;
    reader.at = reader.u64();
    if (reader.u32() !== ZIP64_END) throw new CheckpointError("zip: its 64-bit end is damaged");
    reader.at += 28;
    const count = reader.u64();
    reader.at += 8;
    return { count, offset: reader.u64() };
  }
  reader.at = at + 10;
  const count = reader.u16();
  reader.at += 4;
  return { count, offset: reader.u32() };
}

function readCentralHeader(reader: Reader): Entry {
  if (reader.u32() !== CENTRAL_HEADER) {
    throw new CheckpointError(`zip: its directory is damaged before byte ${reader.at}`);
  }
  reader.at += 4;
  const encrypted = (reader.u16() & 1) === 1;
  const method = reader.u16();
  reader.at += 4;
  const checksum = reader.u32();
  const [packed, size] = [reader.u32(), reader.u32()];
  const [nameLength, extraLength, commentLength] = [reader.u16(), reader.u16(), reader.u16()];
  reader.at += 8;
  const offset = reader.u32();
  const name = reader.text(nameLength);
  const extra = new Reader(reader.take(extraLength), "zip");
  reader.at += commentLength;
  return { name, encrypted, method, checksum, ...wideSizes(extra, { size, packed, offset }) };
}

/** Sizes beyond 4 GiB stand in an extra field, in this order, only those that need it. */
function wideSizes(extra: Reader, sizes: Pick<Entry, "size" | "packed" | "offset">) {
  while (extra.at < extra.bytes.length) {
    const [id, length] = [extra.u16(), extra.u16()];
    const field = new Reader(extra.take(length), "zip");
    if (id !== ZIP64_EXTRA) continue;
    const wide = (value: number) => (value === IN_ZIP64 ? field.u64() : value);
    return { size: wide(sizes.size), packed: wide(sizes.packed), offset: wide(sizes.offset) };
  }
  return sizes;
}

function readEntry(bytes: Uint8Array, entry: Entry): Uint8Array {
  if (entry.method !== 0 || entry.encrypted || entry.packed !== entry.size) {
    throw new CheckpointError(
      `zip: ${entry.name} is compressed or encrypted; torch.save stores its entries as they are. ` +
        "Unpack the file and zip it again with no compression (zip -0)",
    );
  }
  const reader = new Reader(bytes, "zip", entry.offset);
  if (reader.u32() !== LOCAL_HEADER) {
    throw new CheckpointError(`zip: ${entry.name} is not where the directory says`);
  }
  reader.at += 22;
  const [nameLength, extraLength] = [reader.u16(), reader.u16()];
  reader.at += nameLength + extraLength;
  const content = reader.take(entry.size);
  // torch.save can be told to compute no checksums; it writes 0 then.
  if (entry.checksum !== 0 && entry.checksum !== crc32(content)) {
    throw new CheckpointError(`zip: the checksum of ${entry.name} is wrong. The file is damaged`);
  }
  return content;
}
