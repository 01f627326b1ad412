import type { Reason } from './model.ts'

/**
 * The one catalogue of errors: code -> [HTTP status, Chinese, English]. A sentence says what happened and,
 * where a person can do something, what. `{0}` is filled with the detail.
 */
export const catalogue = {
  // requests
  'bad-request': [400, '请求格式不正确：{0}', 'The request is malformed: {0}'],
  'unknown-route': [404, '没有这个地址。', 'There is nothing at this address.'],
  'host-not-ours': [421, '请求的主机名不属于本机。', 'The Host header does not name this box.'],
  'origin-not-ours': [
    403,
    '请求来自其他网站，已拒绝。',
    'The request comes from another site and was refused.',
  ],
  'too-large': [413, '内容过大：上限为 {0}。', 'Too large: the limit is {0}.'],
  'too-many': [429, '尝试次数过多，请稍后再试。', 'Too many attempts; please wait a while.'],
  'not-found': [404, '找不到：{0}', 'Not found: {0}'],
  internal: [500, '内部错误，详情见日志。', 'Something went wrong inside the box; the log has the details.'],
  'shutting-down': [503, '服务正在停止。', 'The box is shutting down.'],
  // access
  'not-claimed': [403, '这台设备尚未认领。', 'This box has not been claimed yet.'],
  'already-claimed': [409, '这台设备已被认领。', 'This box has already been claimed.'],
  'claim-code-wrong': [403, '认领码不正确。', 'The claim code is not right.'],
  'password-wrong': [401, '密码不正确。', 'The password is not right.'],
  'password-weak': [400, '密码至少需要 8 个字符，最多 256 个字符。', 'A password needs 8 to 256 characters.'],
  'not-signed-in': [401, '请先登录。', 'Please sign in first.'],
  // questions
  'question-empty': [400, '问题是空的。', 'The question is empty.'],
  'question-too-long': [
    400,
    '问题过长：最多 {0} 个字符。',
    'The question is too long: at most {0} characters.',
  ],
  // answers
  'too-many-answers': [
    429,
    '同时进行的回答已达上限（{0} 个），请稍候再问。',
    'As many answers as possible ({0}) are being written; please ask again in a moment.',
  ],
  'gateway-unreachable': [
    503,
    '连接不到云端网关，由本机直接摘录文档原句作答。',
    'The cloud gateway cannot be reached; the box answers by quoting your documents.',
  ],
  'gateway-revoked': [
    403,
    '云端网关的管理员已吊销这台设备的密钥，由本机直接摘录文档原句作答。运行 tanbox gateway 查看如何恢复。',
    "The operator of the cloud gateway has revoked this box's key; the box answers by quoting your documents. tanbox gateway says how it comes back.",
  ],
  'gateway-not-enrolled': [
    403,
    '这台设备没有在云端网关登记，由本机直接摘录文档原句作答。运行 tanbox gateway 查看如何登记。',
    'This box is not enrolled at the cloud gateway; it answers by quoting your documents. tanbox gateway says how to enrol it.',
  ],
  'gateway-failed': [
    502,
    '云端模型没有给出回答，由本机直接摘录文档原句作答。',
    'The model in the cloud gave no answer; the box answers by quoting your documents.',
  ],
  'gateway-declined': [
    502,
    '云端模型拒绝回答这个问题，由本机直接摘录文档原句作答。',
    'The model in the cloud declined this question; the box answers by quoting your documents.',
  ],
  'gateway-cut': [
    502,
    '云端的回答在传输中断后无法接续，由本机直接摘录文档原句作答。',
    'The answer from the cloud was cut off and could not be taken up again; the box answers by quoting your documents.',
  ],
  'gateway-busy': [
    503,
    '云端模型正忙，由本机直接摘录文档原句作答。',
    'The models in the cloud are busy; the box answers by quoting your documents.',
  ],
  'gateway-quota': [
    429,
    '云端额度已用完，由本机直接摘录文档原句作答。',
    'The quota in the cloud is used up; the box answers by quoting your documents.',
  ],
  // `{0}`: seconds, hours, a number of tokens with its span
  'gateway-quota-minute': [
    429,
    '云端网关给这台设备的本分钟额度已用完，约 {0} 秒后可以再问；这次由本机直接摘录文档原句作答。',
    "This minute's quota of this box at the cloud gateway is used up: ask again in about {0} s. This time the box answers by quoting your documents.",
  ],
  'gateway-quota-day': [
    429,
    '云端网关给这台设备的当日额度已用完，约 {0} 小时后可以再问；这次由本机直接摘录文档原句作答。',
    "This day's quota of this box at the cloud gateway is used up: ask again in about {0} h. This time the box answers by quoting your documents.",
  ],
  'gateway-quota-small': [
    403,
    '这个问题连同资料超过了云端网关给这台设备的额度（{0}），再问也不会成功，请网关管理员提高额度；这次由本机直接摘录文档原句作答。',
    'This question with its passages is larger than the quota of this box at the cloud gateway ({0}): asking again does not help, its operator can raise it. This time the box answers by quoting your documents.',
  ],
  'gateway-fallback': [
    502,
    '模型 {0} 未能作答，改由另一个模型作答。',
    'The model {0} could not answer; another one took over.',
  ],
  // the connection to the gateway, as the status shows it; `{0}` is the gateway's name or the box's id
  'gateway-off': [503, '这台设备没有配置云端网关。', 'This box has no cloud gateway.'],
  'cloud-unreachable': [
    503,
    '连接不到云端网关 {0}。请检查网络和网关地址。',
    'The cloud gateway {0} cannot be reached. Check the network and its address.',
  ],
  'cloud-untrusted': [
    502,
    '云端网关 {0} 的证书不受信任，没有连接。如果是自签的证书，请用 NODE_EXTRA_CA_CERTS=文件 指出签发者的证书；否则请检查地址和本机时钟。',
    'The certificate of the cloud gateway {0} is not trusted; there is no connection. Where it is of your own making, name the certificate of its issuer by NODE_EXTRA_CA_CERTS=FILE; else check the address and the clock of this box.',
  ],
  'cloud-no-gateway': [
    502,
    '网关地址上的不是云端网关 {0}。请检查地址。',
    'What answers at the address is not the cloud gateway {0}. Check the address.',
  ],
  'cloud-not-enrolled': [
    403,
    '云端网关不认识这台设备（{0}）。请向网关管理员索取登记码，再运行 tanbox gateway enrol。',
    'The cloud gateway does not know this box ({0}). Ask its operator for a code and run tanbox gateway enrol.',
  ],
  'cloud-revoked': [
    403,
    '云端网关的管理员已吊销这台设备（{0}）的密钥，该密钥不能恢复，也不再尝试连接。要重新使用：向管理员索取新的登记码，运行 tanbox gateway enrol 网址 --code 登记码（会生成新的密钥），再重新启动碳盒。',
    "The operator of the cloud gateway has revoked this box's key ({0}). That key stays revoked, and the gateway is not dialled any more. To come back: ask the operator for a new code, run tanbox gateway enrol ADDRESS --code CODE (it makes a new key) and start Tanbox again.",
  ],
  'cloud-restart': [
    403,
    '云端网关已吊销正在使用的密钥；这台设备已用新的密钥登记，重新启动碳盒即可使用。',
    'The cloud gateway has revoked the key in use. This box is enrolled with a new one: start Tanbox again to use it.',
  ],
  // `{0}` is the key file
  'cloud-revoked-here': [
    403,
    '本机的网关已吊销这台设备的密钥，该密钥不能恢复，也不再尝试连接。如果是随碳盒启动的网关：删除 {0} 再重新启动，会以新的密钥登记；否则索取新的登记码，运行 tanbox gateway enrol。',
    "The gateway on this machine has revoked this box's key. That key stays revoked, and the gateway is not dialled any more. Where it starts together with the box: delete {0} and start again, and a new key is enrolled; else get a new code and run tanbox gateway enrol.",
  ],
  'cloud-superseded': [
    409,
    '另一台设备正以这台设备（{0}）的密钥连接云端网关。数据文件夹可能被复制过。',
    'Another box is connected to the cloud gateway with the key of this one ({0}). The data folder may have been copied.',
  ],
  'cloud-version': [
    502,
    '云端网关 {0} 使用另一个版本的协议，请升级。',
    'The cloud gateway {0} speaks another version of the protocol. Please update.',
  ],
  'cloud-other-gateway': [
    502,
    '网关地址上的云端网关不叫 {0}。请检查 TANBOX_GATEWAY_NAME。',
    'The cloud gateway at the address is not called {0}. Check TANBOX_GATEWAY_NAME.',
  ],
  'cloud-unavailable': [
    503,
    '云端网关 {0} 正忙或正在重启，稍后会自动重连。',
    'The cloud gateway {0} is busy or restarting; it is dialled again by itself.',
  ],
  'cloud-cut': [
    503,
    '与云端网关 {0} 的连接中断，正在自动重连。',
    'The connection to the cloud gateway {0} broke; it is dialled again by itself.',
  ],
  // enrolling at the gateway by a code
  'enrol-unreachable': [
    503,
    '登记未完成：连接不到云端网关 {0}。',
    'Not enrolled: the cloud gateway {0} cannot be reached.',
  ],
  'enrol-untrusted': [
    502,
    '登记未完成：云端网关 {0} 的证书不受信任。如果是自签的证书，请用 NODE_EXTRA_CA_CERTS=文件 指出签发者的证书（命令和碳盒都要）。',
    'Not enrolled: the certificate of the cloud gateway {0} is not trusted. Where it is of your own making, name the certificate of its issuer by NODE_EXTRA_CA_CERTS=FILE, for this command and for the box.',
  ],
  'enrol-timeout': [
    504,
    '登记未完成：云端网关 {0} 没有及时答复。可用同一登记码重试。',
    'Not enrolled: the cloud gateway {0} did not answer in time. The same code can be used again.',
  ],
  'enrol-no-gateway': [
    502,
    '登记未完成：网关地址上的不是云端网关 {0}。',
    'Not enrolled: what answers at the address is not the cloud gateway {0}.',
  ],
  'enrol-busy': [
    503,
    '登记未完成：云端网关 {0} 正忙，请稍后用同一登记码重试。',
    'Not enrolled: the cloud gateway {0} is busy. Use the same code again in a while.',
  ],
  'enrol-code-unknown': [
    403,
    '登记码无效：云端网关 {0} 没有签发过它。',
    'The code is not valid: the cloud gateway {0} never gave it out.',
  ],
  'enrol-code-expired': [
    403,
    '登记码已过期。请向云端网关 {0} 的管理员索取新的登记码。',
    'The code has expired. Ask the operator of the cloud gateway {0} for another.',
  ],
  'enrol-code-used': [
    403,
    '登记码已被另一台设备用过。请向云端网关 {0} 的管理员索取新的登记码。',
    'Another box has used the code. Ask the operator of the cloud gateway {0} for another.',
  ],
  'enrol-key-refused': [
    403,
    '云端网关 {0} 不接受这台设备的密钥。',
    'The cloud gateway {0} does not take the key of this box.',
  ],
  'enrol-signature-refused': [
    403,
    '云端网关不接受这台设备的签名。它的名称是否确为 {0}？',
    'The cloud gateway does not accept the signature of this box. Is it really called {0}?',
  ],
  'enrol-box-taken': [
    409,
    '云端网关 {0} 已用另一个密钥登记过这台设备。请索取登记码，再运行 tanbox gateway enrol（会生成新的密钥）。',
    'The cloud gateway {0} knows this box under another key. Ask for a code and run tanbox gateway enrol: it makes a new key.',
  ],
  'enrol-box-revoked': [
    403,
    '云端网关 {0} 已吊销这台设备的密钥，该密钥不能恢复。请索取新的登记码，再运行 tanbox gateway enrol（会生成新的密钥）。',
    'The cloud gateway {0} has revoked the key of this box for good. Ask for a new code and run tanbox gateway enrol: it makes a new key.',
  ],
  'enrol-refused': [403, '云端网关 {0} 拒绝登记。', 'The cloud gateway {0} refuses to enrol this box.'],
  // changing the key at the gateway
  'rotation-not-supported': [501, '云端网关不支持更换密钥。', 'The cloud gateway cannot change keys.'],
  'rotation-unconfirmed': [
    504,
    '云端网关尚未确认新密钥。两个密钥都会保留，确认后自动完成。',
    'The cloud gateway has not confirmed the new key yet. Both keys are kept, and the change completes by itself.',
  ],
  'rotation-closed': [
    503,
    '没有到云端网关的连接，密钥没有更换。',
    'There is no connection to the cloud gateway; the key was not changed.',
  ],
  // reading files (parse/); `{0}` of file-broken and file-encrypted is the kind of file, of the limits the limit
  'file-encrypted': [
    422,
    '文件设有密码（{0}），无法读取。请另存为不带密码的文件后再放入。',
    'The file is protected by a password ({0}) and cannot be read. Save it without a password and add it again.',
  ],
  'file-broken': [
    422,
    '文件已损坏，或不是有效的 {0} 文件，无法读取。',
    'The file is damaged or is not a valid {0} file, and cannot be read.',
  ],
  'file-empty': [422, '文件是空的。', 'The file is empty.'],
  'file-no-text': [
    422,
    '文件中没有可读取的文字；如果是扫描件或图片，目前还不支持文字识别（OCR）。',
    'The file holds no text that can be read; if it is a scan or a picture: text recognition (OCR) is not built in yet.',
  ],
  'file-too-large': [422, '文件过大：上限为 {0}。', 'The file is too large: the limit is {0}.'],
  'file-too-many-pages': [422, '页数过多：上限为 {0} 页。', 'The file has too many pages: the limit is {0}.'],
  'file-bomb': [
    422,
    '文件解压后异常庞大（{0}），疑似压缩炸弹，已拒绝。',
    'The file would unpack to an abnormal size ({0}), as a decompression bomb does; it was refused.',
  ],
  'file-timeout': [
    422,
    '读取超时（{0} 秒），已停止读取这个文件。',
    'Reading took too long ({0} s); this file was given up.',
  ],
  'file-memory': [
    422,
    '读取时内存占用超过上限（{0}），已停止读取这个文件。',
    'Reading needed more memory than allowed ({0}); this file was given up.',
  ],
  'file-parser-died': [
    422,
    '读取这个文件时解析程序异常退出，已跳过此文件。',
    'The parser died while reading this file; the file was skipped.',
  ],
  'file-type-unknown': [
    415,
    '不认识这种文件。支持 PDF、Word、PowerPoint、Excel、CSV、Markdown、文本和 HTML。',
    'This kind of file is not known. PDF, Word, PowerPoint, Excel, CSV, Markdown, text and HTML can be read.',
  ],
  'file-type-later': [
    415,
    '目前还不支持 {0} 文件。请转换为 PDF、docx、pptx 或 xlsx 后再放入。',
    '{0} files cannot be read yet. Convert the file to PDF, docx, pptx or xlsx and add it again.',
  ],
  'file-unreadable': [500, '无法从磁盘读取这个文件（{0}）。', 'The file could not be read from disk ({0}).'],
  // the store and what is taken in (store/, intake/); `{0}` is a folder, a path, a system error or a version
  'store-broken': [
    500,
    '数据库文件已损坏（{0}）。请从备份恢复数据文件夹。',
    'The database file is damaged ({0}). Restore the data folder from a backup.',
  ],
  'store-newer': [
    500,
    '数据库由更新版本的 Tanbox 写成（版本 {0}）。请升级后再启动。',
    'The database was written by a newer Tanbox (version {0}). Update before starting it.',
  ],
  'model-changed': [
    409,
    '嵌入模型已更换（{0}），现有向量不能与之混用。设置 TANBOX_REMAKE=1 再启动，将重新生成全部向量；或换回原来的模型。',
    'The embedding model has changed ({0}) and the vectors at hand cannot be mixed with its own. Start with TANBOX_REMAKE=1 to have all vectors made anew, or put the old model back.',
  ],
  'disk-full': [
    507,
    '磁盘空间不足，读取已暂停；腾出空间后会自动继续。',
    'The disk is full. Reading is paused and goes on by itself once there is space.',
  ],
  'disk-failing': [
    500,
    '数据文件夹无法写入（{0}），读取已暂停；恢复后会自动继续。',
    'The data folder cannot be written to ({0}). Reading is paused and goes on by itself when it can.',
  ],
  'file-changing': [
    409,
    '文件正在被修改，写完后会自动读取。',
    'The file is still being written to; it will be read once it rests.',
  ],
  'file-away': [
    503,
    '文件暂时无法读取（{0}），稍后会再试。',
    'The file cannot be read at present ({0}); it will be tried again.',
  ],
  'file-outside': [
    422,
    '这个链接指向投放文件夹之外，未读取。',
    'This link leads out of the drop folder and was not followed.',
  ],
  'original-missing': [
    500,
    '本机保存的原文件已丢失（{0}）。请重新放入或上传。',
    'The copy of the original kept on the box is missing ({0}). Add or upload the file again.',
  ],
  'folder-missing': [
    503,
    '找不到投放文件夹 {0}。其中的文件仍可检索，不会被删除；文件夹恢复后会自动继续。',
    'The drop folder {0} is missing. Its files stay searchable and nothing is deleted; reading goes on when it is back.',
  ],
  'folder-unreadable': [
    503,
    '无法读取文件夹 {0}。其中的文件仍可检索，不会被删除；恢复后会自动继续。',
    'The folder {0} cannot be read. Its files stay searchable and nothing is deleted; reading goes on when it can be.',
  ],
  'folder-empty': [
    503,
    '投放文件夹 {0} 突然变空。其中的文件仍可检索，不会被删除。如果确实要全部删除，请在控制台确认。',
    'The drop folder {0} is suddenly empty. Its files stay searchable and nothing is deleted. If they are meant to go, confirm it in the console.',
  ],
  'folder-changed': [
    503,
    '{0} 像是换成了另一个文件夹或磁盘（可能未挂载）。缺少的文件仍可检索，不会被删除。如果确实要删除，请在控制台确认。',
    '{0} looks like another folder or disk (perhaps it is not mounted). Missing files stay searchable and nothing is deleted. If they are meant to go, confirm it in the console.',
  ],
  'folder-owns-file': [
    409,
    '这个文件在投放文件夹中，请在那里删除：{0}',
    'This file lies in the drop folder; delete it there: {0}',
  ],
  'upload-name': [400, '文件名不正确：{0}', 'This is not a usable file name: {0}'],
  // embedding (embed/); `{0}` is a path or what is wrong
  'model-missing': [500, '找不到向量模型：{0}', 'The embedding model is missing: {0}'],
  'model-damaged': [
    500,
    '向量模型文件已损坏（校验和不符）：{0}。请重新安装。',
    'A file of the embedding model is damaged (its checksum differs): {0}. Please install it again.',
  ],
  'model-unknown': [
    500,
    '无法识别这个向量模型：{0}',
    'This embedding model is described in a way that is not understood: {0}',
  ],
  'embedder-broken': [
    503,
    '计算向量时出错，已重新启动；请再试一次。',
    'Embedding failed and was started again; please try once more.',
  ],
  // the search index (search/); `{0}` is what is wrong
  'index-broken': [
    503,
    '检索索引出错，正在重新建立；请稍后再试。',
    'The search index failed and is being built again; please try in a moment.',
  ],
  // ledger
  'ledger-off': [503, '这台设备没有配置账本节点。', 'This box has no ledger node.'],
  'ledger-unreachable': [503, '账本节点暂时无法连接。', 'The ledger node cannot be reached just now.'],
  'ledger-refused': [502, '账本节点拒绝了请求：{0}', 'The ledger node refused the request: {0}'],
} satisfies Record<string, readonly [status: number, zh: string, en: string]>

export type ErrorCode = keyof typeof catalogue

/** An error with a code from the catalogue; the cause stays attached for the log and never reaches a response. */
export class TanboxError extends Error {
  readonly code: ErrorCode
  readonly detail: string

  constructor(code: ErrorCode, detail = '', options?: ErrorOptions) {
    super(reasonOf(code, detail).en, options)
    this.name = 'TanboxError'
    this.code = code
    this.detail = detail
  }

  get status(): number {
    return catalogue[this.code][0]
  }

  get reason(): Reason {
    return reasonOf(this.code, this.detail)
  }
}

/** The sentence pair of a code with its detail filled in. */
export function reasonOf(code: ErrorCode, detail = ''): Reason {
  const [, zh, en] = catalogue[code]
  return { code, zh: zh.replace('{0}', detail), en: en.replace('{0}', detail) }
}
