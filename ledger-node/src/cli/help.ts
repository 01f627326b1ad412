import type { Language } from './language.ts'

// No line is wider than 80 columns; a Chinese character takes two.

const zh = `账本命令行：操作正在运行的账本节点；离线核对账本与收据。

用法：tanbox-ledger 命令 [选项]

本机的账本
  status                 节点、见证、对端的状态
  prove 序号|承诺        取条目的收据
    --bundle             连同条目放进一个文件，离开碳盒也能核对
    --salt 盐 --content 文件    再加上内容与它的盐
    --out 文件           写入文件
    --state              只说条目到了哪一步：本机、已见证、已终局
  verify                 让节点重读并核对整个账本
  append 类型            写入一条：--commitment 承诺，或 --content 文件（JSON）
  export 文件夹          导出为静态文件（tlog-tiles）
    --from-folder 数据文件夹|网址 [--key 公钥]    别处的账本，而非本机的
  policy                 现行的见证策略（tlog-policy）
  init                   建立账本与密钥（节点首次启动时也会建立）

对端
  peers                  对端及其状态
  peers card             本机名片：文本与二维码
  peers add 名片         显示指纹，询问，添加；名片是文件、- 或文本
    --fingerprint 指纹   已比较过的指纹，不再询问
  peers discover         局域网中发现的碳盒
  peers add --found 名称 --fingerprint 指纹
  peers pause|resume|remove 编号|名称
  sync                   与每个对端同步一轮
  witness [list|add 公钥|remove 账本]    本机见证的账本

离线核对（不需要节点）
  verify 文件夹|网址|收据 --key 公钥
    --policy 文件        还要有策略所要的签署
    --any                任意 tlog-tiles 账本，不看条目内容
  verify --page 文件     写出网页，可在任何浏览器中离线核对收据
  fork-check 文件 --key 公钥    核对分叉证明；不带文件则列出节点已知的分叉

以新的账本接替
  successor [--reason 原因] [--generation 数] [--statement 文件] [--yes]
  admin-key make 文件|set 公钥|sign 声明 --with 文件    管理员密钥

选项
  --json                 标准输出只有一个 JSON 文档
  --data 文件夹          账本数据文件夹（默认 TANBOX_LEDGER_DATA，
                         否则 TANBOX_DATA/ledger，否则 ./data/ledger）
  --url 网址             节点地址（默认由数据文件夹得知）
  --lang zh|en           界面语言（默认由 LC_ALL、LANG 得知）
  -y, --yes              不再询问
  -h, --help             本说明
  -v, --version          版本

公钥是 C2SP signed-note 所写的 <名称>+<编号>+<密钥>，或存有它的文件。

退出码
  0  完成                        3  节点或地址不可达
  1  核对不成立，或节点拒绝      4  没有，或尚未有
  2  用法错误                    130  被中断
`

const en = `The ledger on the command line: operates the running ledger node, and checks
logs and receipts offline.

Usage: tanbox-ledger COMMAND [OPTIONS]

The log of this box
  status                 how node, witnesses and peers are
  prove SEQ|COMMITMENT   the receipt of an entry
    --bundle             with its entry in one file, good without the box
    --salt HEX --content FILE    and with the content and its salt
    --out FILE           into a file
    --state              only how far it has come: local, witnessed, final
  verify                 have the node read and check its whole log again
  append TYPE            an entry: --commitment HEX, or --content FILE (JSON)
  export FOLDER          as static files (tlog-tiles)
    --from-folder DATA|URL [--key VKEY]    of another log than this box's
  policy                 the witness policy in force (tlog-policy)
  init                   make log and keys, as the node's first start does

Peers
  peers                  who they are and how they are
  peers card             this box's card, as text and QR code
  peers add CARD         shows the fingerprint, asks, adds: file, - or text
    --fingerprint TEXT   that was compared already: nothing is asked
  peers discover         boxes found on the local network
  peers add --found NAME --fingerprint TEXT
  peers pause|resume|remove ID|NAME
  sync                   one round with every peer
  witness [list|add VKEY|remove ORIGIN]    logs that this box witnesses

Offline, without a node
  verify FOLDER|URL|RECEIPT --key VKEY
    --policy FILE        and cosigned as this policy wants it
    --any                any log of tlog-tiles: entries are not looked into
  verify --page FILE     write the page that verifies a receipt in any browser
  fork-check FILE --key VKEY    check a fork proof; without FILE: forks that the
                         node knows

To go on with a new log id
  successor [--reason TEXT] [--generation NUMBER] [--statement FILE] [--yes]
  admin-key make FILE|set VKEY|sign STATEMENT --with FILE   administrators' keys

Options
  --json                 exactly one JSON document on standard output
  --data FOLDER          data folder of the log (default: TANBOX_LEDGER_DATA,
                         else TANBOX_DATA/ledger, else ./data/ledger)
  --url URL              address of the node (default: found by the data folder)
  --lang zh|en           language of the messages (default: by LC_ALL, LANG)
  -y, --yes              do not ask
  -h, --help             this text
  -v, --version          the version

VKEY is a verifier key as C2SP signed-note writes it, <name>+<id>+<key>, or a
file that holds one.

Exit status
  0  done                         3  nothing answers there
  1  checked and found false,     4  there is none, or not yet
     or refused by the node       130  interrupted
  2  wrong usage
`

export const help: Record<Language, string> = { zh, en }
