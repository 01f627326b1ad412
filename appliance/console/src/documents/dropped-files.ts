/** All files of a drop, those inside dropped folders too. Entries must be taken before the event is over. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter(
    (entry) => entry !== null,
  )
  if (entries.length === 0) return Array.from(transfer.files)
  return (await Promise.all(entries.map(filesIn))).flat()
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
    // What systems leave in folders for themselves (.DS_Store, Thumbs.db) is not a document.
    return file.name.startsWith('.') || file.name === 'Thumbs.db' ? [] : [file]
  }
  const found = await entriesOf((entry as FileSystemDirectoryEntry).createReader())
  return (await Promise.all(found.map(filesIn))).flat()
}

/** A folder gives its entries in portions, until it gives none. */
async function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = []
  while (true) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (portion.length === 0) return all
    all.push(...portion)
  }
}
