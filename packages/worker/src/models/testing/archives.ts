import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { sha256Of } from '../checksum.js';

/** A member of an archive: its bytes, or where a symbolic link points. */
export interface ArchiveMember {
  path: string;
  bytes?: Uint8Array;
  linkTo?: string;
}

/** Makes archives that a well-behaved tool would not make; reads its orders from standard input. */
const SCRIPT = `
import base64, io, json, sys, tarfile, zipfile
order = json.load(sys.stdin)
target, members = order['target'], order['members']
if target.endswith('.tar.bz2'):
    with tarfile.open(target, 'w:bz2') as archive:
        for member in members:
            info = tarfile.TarInfo(member['path'])
            data = base64.b64decode(member.get('bytes', ''))
            if 'linkTo' in member:
                info.type, info.linkname = tarfile.SYMTYPE, member['linkTo']
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
else:
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            info = zipfile.ZipInfo(member['path'])
            data = base64.b64decode(member.get('bytes', ''))
            if 'linkTo' in member:
                info.external_attr, data = 0o120777 << 16, member['linkTo'].encode()
            archive.writestr(info, data)
`;

/** Writes a real archive, `.tar.bz2` or zip by its name, and says what a catalogue must know of it. */
export async function makeArchive(
  target: string,
  members: readonly ArchiveMember[],
): Promise<{ bytes: number; sha256: string }> {
  const order = {
    target,
    members: members.map(({ bytes, ...member }) => ({
      ...member,
      ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes).toString('base64') }),
    })),
  };
  const made = promisify(execFile)('python3', ['-c', SCRIPT]);
  made.child.stdin?.end(JSON.stringify(order));
  await made;
  return { bytes: (await stat(target)).size, sha256: await sha256Of(createReadStream(target)) };
}
