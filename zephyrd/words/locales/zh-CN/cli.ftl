# zephyrctl 的消息。
#
# 命令、选项、配置键以及反引号中的名称在各语言中相同。
# 术语表（英文：中文）：endpoint：端点；group：分组；provider：提供商；probe：探测；failover：故障转移；
# pin：固定；pause、resume：暂停、恢复；drain：排空；limit：额度或限额；cooling：冷却中；stream：流式；token（凭据）：令牌；
# tokens（模型）：token；route：路由；dialect：协议方言；budget：预算；record：记录；prompt cache：提示词缓存。

# 外框：错误以及数据之外的话的标签。
error-label = 错误:
cause-label = 原因:
hint-label = 提示:
problem-hint-label = 提示:
note = 注意：{ $text }
cannot-start-runtime = 无法启动运行时
cannot-write-output = 无法写入输出
cannot-write-json = 无法把应答写成 JSON
cannot-write-csv = 无法把应答写成 CSV
list-comma = 、
comma = ，
semicolon = ；

# 各种计数。
requests = { $n } 个请求
probes = { $n } 次探测

# 表头。
head-endpoint = 端点
head-group = 分组
head-state = 状态
head-latency = 延迟
head-ttft = 首 token
head-run = 运行
head-turn = 次序
head-priority = 优先级
head-price = 价格
head-dialect = 方言
head-url = URL
head-usable = 可用
head-probe = 探测
head-result = 结果
head-try = 尝试
head-model = 模型
head-target = 目标
head-running = 运行中
head-why-not = 不用的原因
head-after = 开始于
head-took = 用时
head-status = 状态
head-ended = 结果
head-in = 输入
head-out = 输出
head-cost = 费用
head-billed = 计费
head-time = 时间
head-request = 请求
head-tries = 尝试
head-from = 来自
head-kind = 类型
head-waited = 已等待
head-left = 剩余
head-client = 客户端
head-session = 会话
head-day = 日期
head-month = 月份
head-requests = 请求
head-ok = 成功率
head-input = 输入
head-output = 输出
head-cached = 缓存
head-p95 = P95

# 状态：谁在服务、为什么，以及整体情况。
no-endpoint-configured = 没有配置任何端点
nothing-usable = 没有可用端点
verdict-head = { $state }：{ $sentence }
verdict-further = { $dialect }：{ $sentence }
verdict-sentence = 由 { $endpoint } 服务；{ $next }
verdict-sentence-why = 由 { $endpoint } 服务（{ $why }）；{ $next }
verdict-next = 下一个是 { $endpoint }
verdict-held = 没有下一个：固定到 { $endpoint }，无后备
verdict-nothing-next = 没有下一个
fact-listen = 监听
fact-mode = 模式
fact-config = 配置
fact-today = 今日
fact-budget = 预算
fact-records = 记录
fact-models = 模型
fact-probes = 探测
fact-offline = 离线
fact-waiting = 等待
fact-paused = 暂停
listens-nowhere = 未监听
daemon-up = { $version }，已运行 { $span }
daemon-up-running = { $version }，已运行 { $span }，{ $n } 个请求正在运行
config-none = 无文件，使用默认值
config-loaded = { $file }，{ $ago }加载
offline-since = 自 { $since } 起，本机之外没有端点应答；不归咎于任何端点
probes-paused-note = 探测已暂停：状态可能过时；用 `zephyrctl resume` 恢复
reload-refused = 上次重新加载被拒绝；仍使用之前的配置：
mode-plain = { $mode }，{ $strategy }
mode-pinned = { $mode }到 { $name }（无后备）；`zephyrctl unpin` 之后为 { $strategy }
mode-pinned-fallback = { $mode }到 { $name }（不可用时转到其他端点）；`zephyrctl unpin` 之后为 { $strategy }
mode-by-hand = { $mode }；分组由人工切换（`auto_switch = false`）
turn-now = 当前

# 端点为何没有请求或请求较少。
state-also-pinned = { $state }，已固定
why-not-measured = 尚未测量
why-on-trial = 冷却后试用：一次一个请求
why-degraded = 缓慢或有失败
why-cooling = 正在冷却
why-exhausted = 额度已用尽
why-auth-failed = 凭据被拒绝
why-misconfigured = 设置无法工作
why-left = { $text }，还剩 { $span }
why-looked-at = { $text }，{ $span }后检查
why-rests = { $text }，连续第 { $n } 次冷却
why-failures = { $text }，连续失败 { $n } 次
why-error = { $text }：{ $error }
limits-and-more = { $limits }，另有 { $n } 项
limit = { $model } { $kind }
slow-start = 失败后恢复：新请求的份额在接下来 { $span }内逐步增加
by-operator = 操作员操作：{ $state }；用 `zephyrctl resume { $name }` 恢复
by-operator-error = 操作员操作：{ $state }；上次错误：{ $error }

# 分组。
group-screen = { $mark } 分组 { $name }：{ $state }，优先级 { $priority }{ $default }{ $enabled }
group-screen-plain = { $mark } 分组 { $name }：优先级 { $priority }{ $default }{ $enabled }
group-default = ，默认分组
group-off = ，在配置中停用
group-usable = { $usable }/{ $all }
left = 还剩 { $span }
group-cooling = 所有端点都已失败，直到其中一个应答
group-cooling-left = 所有端点都已失败，还剩 { $span }，或直到其中一个应答
group-exhausted = 所有端点都已达到额度上限
group-exhausted-left = 所有端点都已达到额度上限，还剩 { $span }
group-paused = 由操作员暂停；用 `zephyrctl group resume { $name }` 恢复
group-paused-left = 由操作员暂停，还剩 { $span }；用 `zephyrctl group resume { $name }` 恢复
group-disabled = 在配置中停用
group-no-endpoint-on = 没有端点在配置中启用
group-activated = 由操作员激活
group-priority-by-hand = 优先级由操作员设定；配置中为 { $n }

# 单个端点。
endpoint-serves = ，正在服务
label-why = 原因
label-url = URL
label-group = 分组
label-provider = 提供商
label-dialect = 协议方言
label-credential = 凭据
label-state = 状态
label-operator = 操作员
label-latency = 延迟
label-first-token = 首 token
label-limits = 额度限制
label-in-flight = 进行中
label-conversations = 对话
label-attempts = 尝试
label-last-used = 上次使用
label-priority = 优先级
label-price = 价格
label-weight = 权重
label-probe = 探测
label-probes-cost = 探测费用
label-history = 历史
label-last-failure = 上次失败
in-flight-of-most = { $n }，最多 { $max }
never = 从未
priority-of-both = { $priority }（分组.端点）
probe-last = { $kind }，上次：{ $ago }
attempts-failed = { $attempts }，失败 { $failures }
attempts-failed-row = { $attempts }，失败 { $failures }，连续 { $n } 次
failures = 失败 { $n } 次
history-sums = 最小 { $min }，中位 { $median }，最大 { $max }，{ $failures }
spent-today = 今日 { $cost }（{ $probes }）
spent-today-of = { $spent }，上限 ${ $limit }

# 状态中的费用。
today-spent = { $requests }，{ $cost }
today-spent-budget = { $spent }（{ $whose }：{ $limit } 的 { $share }，到{ $until }）
budget-all = 预算
budget-of = { $client } 的预算
the-budget-all = 总预算
budget-what = { $whose }（每{ $period } { $limit }）
budget-over = { $what }已用尽：到{ $until }之前拒绝请求
budget-warn = { $what }已用 { $share }
records-wait = { $n } 条记录等待写入
records-wait-why = { $n } 条记录等待写入：{ $why }
records-lost = { $n } 条记录因等待过多而丢失
mismatch = 请求 { $asked } 时 { $endpoint } 用 { $answered } 应答，共 { $n } 次，上次：{ $ago }
mismatch-more = { $told }；另有 { $n } 个同类情况

# 等待中的请求。
no-request-waits = 没有请求在等待
waited-since-start = 启动以来有 { $n } 个请求等待过，{ $late } 个超时，{ $released } 个被放行
wait-until-recovery = { $n } 个请求等待恢复
wait-for-place = { $n } 个请求等待空位
wait-shown = { $waiting }；用 `zephyrctl suspended` 查看
released-tried = 现在尝试 { $n } 个请求
released = 已放行 { $n } 个请求
released-nothing-usable = 目前没有可请求的端点：继续等待

# 探测与测试。
healthy = 健康
failed = 失败
answers = 有应答
test-head = { $mark } { $endpoint }：{ $word }
label-error = 错误
label-status = 状态码
label-model = 模型
label-answer = 应答
label-connect = 连接
label-first-byte = 首字节
label-in-all = 总计
label-tokens = token
no-answer = 无应答
model-asked-answered = 请求 { $asked }，应答 { $answered }
tokens-in = 输入 { $n }
tokens-out = 输出 { $n }
nothing-to-probe = 没有可探测的端点

# 单个请求及其经过。
request-head = { $mark } { $id }：{ $outcome }
outcome-answered = 应答 { $status }
outcome-failed = 失败，状态 { $status }
outcome-refused = 被 zephyrd 拒绝，状态 { $status }
outcome-cut = 应答中途断开
outcome-left = 客户端已离开
label-came = 到达
label-asked = 请求
label-client = 客户端
label-session = 会话
label-agent = 代理程序
label-purpose = 用途
label-answered-by = 应答者
label-asked-last = 最后请求
label-sent-as = 发送为
label-stopped = 停止原因
label-known = 已知用量
label-cost = 费用
label-lost = 损失
label-saved = 节省
label-bytes = 字节
came-ago = { $time }，{ $ago }
asked-stream = { $asked }（{ $dialect }，流式）
asked-whole = { $asked }（{ $dialect }，非流式）
by-shared = { $request } 的应答，当时正在途中
by-stored = { $request } 的缓存应答
by-endpoint = { $endpoint }（分组 { $group }）
by-said = { $by }，返回 { $status }
translated-into = 转换为 { $dialect }
tokens-cache-read = 读缓存 { $n }
tokens-cache-5m = 写缓存（5 分钟）{ $n }
tokens-cache-1h = 写缓存（1 小时）{ $n }
tokens-reasoning = 其中推理 { $n }
tokens-searches = 网页搜索 { $n }
tokens-fetches = 网页抓取 { $n }
tokens-code = 代码执行 { $n }
known-part = 部分：在给出最终用量之前断开
known-nothing = 无：未告知用量
cost-tier = { $cost }，{ $tier }
cost-builtin = { $cost }，按内置价格
cost-config = { $cost }，按 `[[prices]]`
cost-default = ，按默认价格：未知模型
lost-in-attempts = { $cost }，用于没有得到应答的尝试
saved-by-answer = { $cost }，借助另一应答
saved-by-cache = { $cost }，借助厂商的提示词缓存
bytes-both = 收 { $received }，发 { $sent }
billed-perhaps = 可能
billed-no = 否
from-shared = （共享）
from-stored = （缓存）
no-requests = 没有请求
requests-passed-over = 略过了 { $n } 个请求
runs-since = 已运行 { $took }
ended-after = { $took } 后结束
ended-with-after = { $took } 后以 { $status } 结束
refused-after = { $took } 后被 zephyrd 拒绝
refused-with-after = { $took } 后被 zephyrd 拒绝，状态 { $status }
cut-after = { $took } 后应答中途断开
left-after = { $took } 后客户端离开
ended = 已结束
chose = 选择 { $endpoint } { $group }：{ $why }
chose-as = 选择 { $endpoint } { $group }，以 { $model } 发送：{ $why }
chose-by-route = { $chose }，依据路由 `{ $route }`
step-failed = { $took } 后失败：{ $class }
nobody-could = 没有可请求的端点
nobody-back = { $nobody }；最早的可能在 { $span }后恢复
answer-began = 应答开始：{ $status }
waits-place = 等待空位
waits-nothing-usable = 等待：没有可用端点
waits-why = { $waits }：{ $why }
served-by-stored = 由 { $request } 的缓存应答提供
served-by-shared = 由 { $request } 的应答提供，当时正在途中
step-unknown = 此 zephyrctl 不认识的步骤
n-more = 另有 { $n } 个
bar = { $endpoint }（{ $why }）
passed-over = 略过
reads-anew = 重新读取
tokens-cached-elsewhere = 对话中 { $tokens } 个 token，缓存在别处
in-order = 顺序
order-why = { $order }：{ $why }
out-as-of = { $time } 时不可用
left-out = 省略
because = 因为

# 请求会去哪里。
route-goes = { $mark } 对 { $model } 的请求（{ $dialect }）会发往 { $endpoint }：{ $why }
route-goes-as = { $mark } 对 { $model } 的请求（{ $dialect }）会发往 { $endpoint }，以 { $sent } 发送：{ $why }
route-nobody = { $mark } 没有端点能服务对 { $model } 的请求（{ $dialect }）：{ $why }
route-line = { $why }（第 { $line } 行）

# 用量报告。
no-requests-when = 没有请求{ $since }{ $until }
since = ，自 { $time } 起
until = ，到 { $time } 为止
none = （无）
total = 总计
cache-saved = 提示词缓存节省：{ $cost }
cache-cost-more = 提示词缓存的花费超过节省：{ $cost }
answers-saved = 共享和缓存的应答节省：{ $cost }（{ $requests }：共享 { $shared }，缓存 { $stored }）
report-lost = 没有得到应答的尝试损失：{ $cost }
report-retried = { $requests }经过多次尝试
report-cancelled = { $n } 个请求被客户端放弃
report-partial = { $requests }中途断开：用量仅部分已知
report-default-priced = { $n } 个请求因模型未知而按默认价格计算：请设置 `[[prices]]`
report-mismatches = { $n } 个请求由与所求不同的模型应答
report-probes = 此外探测费用：{ $cost }（{ $probes }）

# 变化时的消息。
changes-missed = 错过了 { $n } 个变化
pinned-to-fallback = 已固定到 { $name }，有后备
pinned-to = 已固定到 { $name }
no-longer-pinned = 不再固定
offline = 离线
no-longer-offline = 不再离线
probes-paused = 探测已暂停
probes-go-on = 探测已恢复
watch-group = { $mark } 分组 { $name }
is-gone = { $name } 已移除
is-new = 新增 { $name }
changed-why = { $change }（{ $why }）
watch-ended = zephyrd 结束了监视
watch-again = 它正在停止或重启：请重新监视
follow-ended = zephyrd 结束了请求流
follow-again = 它正在停止或重启：请重新跟踪
follow-most-first = `--follow` 最多先显示 { $n } 个请求
no-record = 没有请求 `{ $id }` 的记录
no-record-hint = ID 在应答头 `X-Request-Id` 中；记录保留 `[usage] retention_days` 天

# 已完成的操作。
is-paused = { $name } 已暂停
is-resumed = { $name } 已恢复
is-drained = { $name } 已排空
drains = { $name } 正在排空：{ $requests }进行中
draining = 正在排空 { $name }：{ $requests }进行中
still-in-flight = `{ $name }` 仍有 { $requests }进行中
wait-ended = zephyrd 结束了等待
wait-ended-early = zephyrd 在等待开始前就结束了它
group-is-active = 分组 { $name } 正在服务
group-is-activated = 分组 { $name } 已激活，目前{ $state }
group-is-paused-for = 分组 { $name } 已暂停 { $span }
group-is-paused = 分组 { $name } 已暂停
group-is-resumed = 分组 { $name } 已恢复
length-forms = 请写 `45s`、`30m`、`2h` 或 `1d`：至少一秒
priority-is = { $name } 的优先级为 { $n }
priority-is-also-in = { $name } 的优先级为 { $n }，也已写入 { $file }
priority-is-configs = { $name } 的优先级恢复为配置中的值
priority-unused = 策略 `{ $strategy }` 不按端点的优先级选择
no-config-file = 没有配置文件：使用默认值
no-config-file-effective = 没有配置文件：使用默认值（用 `--effective` 查看）
priority-without-save = 不带 `--save` 时，该数字一直有效，直到 `--reset`
priority-counts-once-mended = `{ $file }` 中已有该数字，其余问题修好后生效
reloaded-nothing = 已重新加载：没有变化
reloaded = 已重新加载：{ $n } 处变化

# 不存在的名称。
unknown-name = 没有名为 `{ $name }` 的端点或分组
did-you-mean = 您是否想输入 `{ $name }`？
list-shows-names = 用 `zephyrctl list` 查看名称

# 连接，以及按原因分类的拒绝。
no-permission-to-open = 没有权限打开 `{ $path }`
join-group-hint = 操作员属于 `zephyr` 组：运行 `sudo usermod -aG zephyr $USER`，然后重新登录
not-running = zephyrd 没有运行
start-hint = 用 `systemctl start zephyrd` 启动它，或在自己的会话中运行 `zephyrd`
socket-hint = 如果它在运行，那么 `--socket` 或 `{ $variable }` 指定的不是它的套接字
no-socket = 没有套接字 `{ $path }`
nobody-listens = 没有程序监听 `{ $path }`
nobody-answers = `{ $path }` 在 2 秒内没有应答
socket-error = { $error }：`{ $path }`
not-the-protocol = `{ $path }` 不使用控制协议
connection-ended = zephyrd 断开了 `{ $path }` 上的连接
connection-ended-hint = 用 `zephyrctl status` 查看它是否恢复，用 `journalctl -u zephyrd` 查看原因
refused-with-code = zephyrd 拒绝：{ $code }
unknown-call-hint = 此 zephyrd 不认识该调用：请比较 `zephyrctl version`
operators-only-hint = 仅限操作员：请加入 `zephyr` 组，或使用 `sudo`
late = zephyrd 在 { $seconds } 秒内没有应答
late-cause = `{ $path }` 上的调用没有应答
late-hint = 用 `journalctl -u zephyrd` 查看它在做什么
answer-not-whole = zephyrd 在应答完整之前就结束了它
ask-again = 它正在停止或重启：请重新请求
refusal-unknown-name = 没有 `{ $subject }`
refusal-no-permission = 没有权限：{ $subject }
refusal-config-invalid = 配置有问题；没有任何改变
refusal-not-pinned = 没有固定任何端点
refusal-not-paused = `{ $subject }` 没有暂停
refusal-probes-not-paused = 探测没有暂停
refusal-stopping = zephyrd 正在停止
refusal-store-unavailable = 无法读取记录
refusal-cooling = 分组 `{ $subject }` 正在冷却
refusal-no-healthy-endpoint = 分组 `{ $subject }` 没有可用端点
refusal-already-active = 分组 `{ $subject }` 已在服务
refusal-disabled = 分组 `{ $subject }` 在配置中停用
refusal-paused = 分组 `{ $subject }` 已暂停
refusal-not-overridden = `{ $subject }` 的优先级已是配置中的值
refusal-invalid-argument = 请求无效
refusal-hint-disabled = 请为它及其一个端点设置 `enabled = true`，然后运行 `zephyrctl reload`
refusal-hint-paused = 用 `zephyrctl group resume { $subject }` 结束暂停，`--force` 同时完成两者
refusal-hint-cooling = 它的端点中有一个应答即结束冷却；`--force` 立即尝试
refusal-hint-no-healthy-endpoint = 用 `zephyrctl show { $subject }` 了解更多
refusal-hint-store-unavailable = 用 `zephyrctl status` 查看存储状态；请求照常服务
refusal-hint-config-invalid = 用 `zephyrd check` 查看全部

# 筛选请求。
since-not-before-until = `--since` 不早于 `--until`
not-before = { $since } 不早于 { $until }
day-begins-hint = 日期指当天开始的时刻：`--since yesterday --until today` 表示昨天全天
until-too-far = `--until` 太遥远
time-forms = 请写 `2026-11-21`、`2026-11-21T10:00`、RFC 3339 格式如 `2026-11-21T10:00:00Z`、`today`、`yesterday`、`month`，或多久以前：`30m`、`24h`、`7d`、`2w`

# 客户端设置与文件。
codex-note = 并非所有版本的 Codex 都读取 OPENAI_BASE_URL；`zephyrctl env codex --write` 适用于所有版本
env-wrote = { $client } 下次启动起使用 { $base }：已写入 { $file }
env-undo-hint = 用 `zephyrctl env { $client } --undo` 恢复原来的内容
env-already = { $client } 已在使用 { $base }：{ $file }
env-gave-back = 已恢复 { $file } 原来的内容
env-nothing-back = { $file } 没有需要恢复的内容
no-settings-file = { $client } 没有可写的设置文件
no-settings-file-hint = 请把 `zephyrctl env { $client }` 打印的那一行写入 shell 的配置文件
where-settings = 无法确定 { $client } 的设置在哪里
where-settings-hint = 请设置 `HOME`，或以设置所属的用户运行
usual-assumed = { $error }；假定为 { $base }
left-as-is = `{ $file }` 保持原样
earlier-values-in = 先前的值在 `{ $file }` 中
changed-since = `{ $key }` 写入后又被修改
by-hand-hint = 没有撤销任何内容：请手动设置
cannot-read = 无法读取 `{ $path }`
cannot-write = 无法写入 `{ $path }`
cannot-remove = 无法删除 `{ $path }`
own-or-sudo-hint = 请使用 `sudo`，或以其所有者身份运行
too-large = 它超过 4 MiB
cannot-understand = 无法理解 `{ $path }`
other-version-hint = 它由另一版本的 zephyrctl 写入
cannot-write-earlier = 无法写入先前的值
not-json = 设置不是有效的 JSON
not-json-object = 设置不是 JSON 对象
not-object = 设置中的 `{ $key }` 不是对象
not-toml = 设置不是有效的 TOML
not-table = 设置中的 `{ $key }` 不是表
cannot-write-toml = 无法写成 TOML
not-plain-value = 设置中的 `{ $key }` 不是普通值
no-such-file = 没有 `{ $path }`
config-not-toml = 配置不是有效的 TOML
config-names-no = 配置中没有 `{ $name }`

# 配置、版本及其他。
config-has-errors = 配置有错误
check-ended-signal = `{ $program } check` 被信号终止
check-ended-status = `{ $program } check` 以状态 { $code } 结束
cannot-run = 无法运行 `{ $program }`
checker-hint = 检查由 zephyrd 自身完成：请把它安装在 zephyrctl 旁边或 `PATH` 中
would-read = zephyrd 没有运行；它会读取
no-completion = 没有 { $shell } 的补全
daemon-version = zephyrd { $version }（进程 { $pid }，套接字 { $socket }）
versions-differ = zephyrd 使用 { $theirs }，zephyrctl 使用 { $ours }
cannot-write-man = 无法把手册页写入 `{ $path }`

# 进入网页仪表盘。
web-logins-end = 所有登录均已结束，所有令牌均已失效
web-nowhere = 仪表盘没有监听任何地址
web-nowhere-hint = 请在配置的 `[web]` 下设置 `listen = ["localhost:8010"]`，然后重启 zephyrd
web-link-lasts = 请在 { $seconds } 秒内打开；只能使用一次。
web-over-ssh = 从其他机器访问时，请先转发端口（`{ $command }`），再在那里打开链接。
web-no-browser = 无法运行 `xdg-open`
web-no-browser-hint = 请在浏览器中打开上面的链接

# The log.
lines-missed = 略过了 { $n } 行
log-of-the-past = zephyrd 未在运行：以下是它写入日志（journal）的内容
journal-not-readable = 无法读取系统日志（journal）：以下是 zephyrd 内存中的内容
journal-ended = `journalctl` 已结束
log-waits = zephyrd 已退出：正在等待它恢复
log-goes-on = zephyrd 已恢复
