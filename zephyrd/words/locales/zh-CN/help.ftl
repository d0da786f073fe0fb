# zephyrctl 的帮助。英文帮助来自源代码中的文档注释，这里只有译文。
# 键由命令路径和参数名组成；术语见 cli.ftl。

# 命令行解析器自己的话
help-usage = 用法：
help-usage-options = [选项]
help-usage-command = [命令]
help-usage-command-needed = <命令>
help-heading-commands = 命令
help-heading-arguments = 参数
help-heading-options = 选项
help-heading-common-options = 通用选项
help-heading-which-requests = 筛选请求
help-default = 默认值：
help-possible = 可选值：
help-arg-help = 显示帮助（`-h` 为摘要，`--help` 为全文）
help-arg-version = 显示版本
help-arg-json = 为程序输出 JSON，带 `"schema": 1`
help-arg-socket = 控制套接字，若不用用户自己的或系统的 [环境变量：ZEPHYR_SOCKET]

# 错误用法
help-wrong = 错误:
help-unknown-command = 没有子命令 `{ $name }`
help-unknown-argument = 没有参数 `{ $arg }`
help-missing = 缺少必需的参数：{ $args }
help-conflict = 参数 `{ $arg }` 不能与 `{ $other }` 同时使用
help-no-value = `{ $arg }` 需要一个值
help-invalid-of = `{ $arg }` 的值 `{ $value }` 无效；可选值：{ $possible }
help-invalid = `{ $arg }` 的值 `{ $value }` 无效：{ $why }
help-similar = 提示: 有相近的：`{ $near }`
help-more = 更多信息请用 `--help`。

# 值的名称
help-value-level = 级别
help-value-path = 路径
help-value-name = 名称
help-value-pattern = 模式
help-value-group = 分组
help-value-time = 时间
help-value-n = 数字
help-value-number = 数量
help-value-req-id = 请求ID
help-value-text = 文本
help-value-model = 模型
help-value-dialect = 方言
help-value-by = 键
help-value-format = 格式
help-value-client = 客户端
help-value-file = 文件
help-value-shell = SHELL

# 整体
help-about = 操控 zephyrd：编程代理与 LLM API 端点之间的网关
help-long = 不带命令时显示状态。所请求的内容写到标准输出，其余写到标准错误；颜色只在终端中出现，设置了 NO_COLOR 时从不出现。
help-after = 退出状态：0 正常，1 失败或降级，2 用法错误，3 没有运行，4 名称不存在，5 没有权限，6 配置有错误。
help-help-about = 显示本帮助，或某个命令的帮助

# 查看
help-status-about = 显示谁在服务、为什么、下一个是谁
help-status-long = 全部可用时退出状态为 0，有不可用的则为 1。
help-list-about = 列出端点，或匹配某个模式的端点
help-list-arg-pattern = 端点或分组的名称；`*` 和 `?` 代表任意字符，不区分大小写
help-show-about = 显示一个端点或分组的全部信息
help-show-arg-name = 端点或分组
help-watch-about = 逐行显示变化，直到被中断
help-watch-long = 使用 `--json` 时每行是一个文档：`kind` 为 `status`（完整状态，总是第一个）、`head`、`endpoint`、`endpoints` 或 `lagged`，`value` 是变化后的值。
help-web-about = 打印用于登录网页仪表盘的一次性链接
help-web-long = 链接在两分钟内有效；登录有效期为一周。`--token` 供脚本使用：以 `Authorization: Bearer` 发送给 HTTP API。
help-web-arg-open = 在本机的浏览器中打开链接
help-web-arg-token = 只打印供脚本使用的令牌
help-web-arg-revoke = 结束所有登录，并使所有令牌失效
help-top-about = 在全屏仪表盘中观察和操控
help-top-long = 实时显示端点、正在运行的请求、请求、用量和日志，并用单个按键操控：`?` 显示按键，`q` 退出。需要至少 80 列、24 行的终端。zephyrd 重启后继续运行。
help-logs-about = 显示守护进程的日志
help-logs-long = zephyrd 写入系统日志（journal）时取自那里；否则取自其内存中的最近 2,000 行。最新的在最后。使用 `--follow` 时持续显示直到被中断，zephyrd 重启后也继续。使用 `--json` 时每行是一个文档：`kind` 为 `line` 或 `lagged`。仅限操作员。
help-logs-arg-follow = 继续显示每个新行，直到被中断
help-logs-arg-request = 只要与此请求有关的：`req-dcfb74db`
help-logs-arg-level = 只要与此同样严重或更严重的
help-logs-arg-since = 不早于此时间：`2026-11-21T10:00`、`today`，或多久以前：`30m`、`24h`、`7d`
help-logs-arg-lines = 显示多少个过去的行；0 = 全部 [默认值：100，使用 `--follow` 时为 10]
help-explain-about = 说明一个请求为何走到那里
help-explain-long = 每次选择及其理由、略过了谁、谁不能服务、什么失败了、如何结束：涵盖守护进程启动以来最近 2,000 个请求，包括仍在运行的。请求的用量和费用见 `zephyrctl requests REQ-ID`。仅限操作员。
help-explain-arg-id = 应答头 `X-Request-Id`，如 `req-dcfb74db`；省略则为最新的请求
help-route-about = 显示对某个模型的请求现在会去哪里
help-route-long = 按顺序列出会尝试的端点，然后是不能使用的端点及原因。模型有路由时，按优先级列出其目标，以及向每个目标请求的模型。不发送任何请求，也不改变任何东西。没有端点能服务时退出状态为 1。仅限操作员。
help-route-arg-model = 客户端请求的模型
help-route-arg-dialect = 客户端使用的协议方言；省略则为主要方言
help-route-arg-no-credential = 假定客户端没有发送自己的凭据
help-version-about = 显示 zephyrctl 和正在运行的 zephyrd 的版本

# 操控
help-pin-about = 把所有新请求发往一个端点或分组
help-pin-long = 固定一直有效，直到 `unpin`，重启后也保留。不带 `--fallback` 时，目标不可用期间请求会失败。
help-pin-arg-name = 端点或分组
help-pin-arg-fallback = 不可用时由其他端点服务
help-unpin-about = 重新由策略决定
help-pause-about = 停止所有探测，或停止使用一个端点或分组
help-pause-long = 不带名称时，请求照常服务。带名称时，该处不再有新请求和探测；正在运行的请求会运行到结束。
help-pause-arg-name = 端点或分组
help-resume-about = 撤销 `pause` 或 `drain`
help-resume-long = 恢复后立即探测。
help-resume-arg-name = 端点或分组
help-drain-about = 不再向一个端点或分组发送新请求
help-drain-long = 与 `pause NAME` 相同，并告知那里还有多少进行中的请求。用 `zephyrctl resume NAME` 撤销。
help-drain-arg-name = 端点或分组
help-drain-arg-wait = 等到没有进行中的请求
help-group-about = 显示分组，并决定由哪个分组服务
help-group-long = 在可用的分组中，优先级数字最小的提供服务，其余待命。端点全部失败的分组进入冷却，由下一个分组接替。
help-group-list-about = 列出分组及其状态和剩余时间
help-group-activate-about = 让一个分组服务，不论其优先级数字
help-group-activate-long = 新请求发往该分组，直到它失败、被暂停或另一个分组被激活；正在运行的请求留在原处。激活数字最小的分组即回到按数字排序。重启后保留。分组正在冷却、已暂停或没有可用端点时会被拒绝。
help-group-activate-arg-group = 分组
help-group-activate-arg-force = 即使正在冷却或已暂停：结束该状态并立即尝试
help-group-pause-about = 不再向一个分组发送新请求
help-group-pause-long = 也不再探测；正在运行的请求会运行到结束。由下一个分组接替。
help-group-pause-arg-group = 分组
help-group-pause-arg-lasts = 持续多久：`45s`、`30m`、`2h`、`1d`；省略则直到 `zephyrctl group resume`
help-group-resume-about = 撤销 `group pause`
help-group-resume-long = 立即探测其端点，包括单独暂停或排空的端点。
help-group-resume-arg-group = 分组
help-priority-about = 为端点或分组设定另一个优先级数字
help-priority-long = 数字越小越优先。该数字取代配置中的值，重新加载和重启后仍有效，直到 `--reset`。分组的数字总是有效；端点的数字只在策略为 `priority` 时有效。
help-priority-arg-name = 端点或分组
help-priority-arg-number = 从 0 到 1000000
help-priority-arg-save = 写入配置文件（注释和顺序不变）并重新加载
help-priority-arg-reset = 恢复配置中的数字
help-suspended-about = 显示等待中的请求，或放行它们
help-suspended-long = 没有可用端点但可能及时恢复时，请求会被挂起；可用端点全满时，请求会排队。仅限操作员。
help-suspended-list-about = 显示等待中的请求，等待最久的在前
help-suspended-release-about = 立即放行等待中的请求
help-suspended-release-long = 它们会以原本的错误失败，使客户端可以另作处理。使用 `--try` 时，它们会被发往任何还可以请求的端点，即使该端点正在冷却；无法发送的继续等待。
help-suspended-release-arg-id = 一个请求：`req-dcfb74db`
help-suspended-release-arg-all = 所有等待中的请求
help-suspended-release-arg-try-now = 立即尝试，而不是让它们失败

# 探测
help-check-about = 立即探测所有端点，或一个端点或分组
help-check-long = 探测暂停期间也可使用。有探测失败时退出状态为 1。
help-check-arg-name = 端点或分组
help-test-about = 发送一个真实的提示词，并显示应答的全部信息
help-test-long = 可能产生费用：提示词和应答的 token。没有应答时退出状态为 1。
help-test-arg-name = 端点
help-test-arg-model = 请求该模型，而不是探测使用的模型
help-test-arg-prompt = 发送该文本，而不是探测发送的文本

# 用量与费用
help-usage-about = 显示用量和费用
help-usage-long = 默认按天显示最近 30 天，也可按要求显示。费用以美元计，包括失败的尝试；缓存是输入中来自厂商提示词缓存的比例；首 token 和 P95 是到首个 token 的时间的中位数和较慢一端。仅限操作员。
help-usage-arg-by = 每行代表什么
help-usage-export-about = 把每个请求写成 CSV 或 JSON，最旧的在前
help-usage-export-long = 不带 `--since` 时输出保留的全部记录。CSV 有标题行；会被电子表格当作公式的文本以 `'` 开头。JSON 是一个数组，每行一个请求，包括其各次尝试。仅限操作员。
help-usage-export-arg-format = 输出格式 [默认值：csv，使用 `--json` 时为 json]
help-usage-export-arg-failed = 只要出错的请求
help-requests-about = 显示最近的请求，或一个请求的全部信息
help-requests-long = 最新的在最后。输入也包括来自提示词缓存的部分。给出 ID（应答头 `X-Request-Id`）时显示该请求的全部已知信息：每次尝试、各自的费用以及是否可能已计费。使用 `--follow --json` 时每行是一个文档：`kind` 为 `request` 或 `lagged`。仅限操作员。
help-requests-arg-id = 一个请求：`req-dcfb74db`
help-requests-arg-follow = 继续显示每个新请求，直到被中断
help-requests-arg-failed = 只要出错的请求
help-requests-arg-limit = 显示多少个过去的请求；0 = 全部，与 `--follow` 一起使用时为不显示 [默认值：50，使用 `--follow` 时为 10]
help-filter-since = 此时或之后到达：`2026-11-21`、`2026-11-21T10:00`、`today`、`yesterday`、`month`（当月第一天），或多久以前：`30m`、`24h`、`7d`、`2w`
help-filter-until = 此时之前到达；日期指当天开始的时刻
help-filter-model = 请求的模型；此处及以下 `*` 和 `?` 代表任意字符，不区分大小写
help-filter-endpoint = 由该端点应答，或最后在该端点失败
help-filter-group = 由该分组应答
help-filter-client = 由该客户端发送
help-filter-session = 属于该对话
help-filter-all = 也包括不请求 token 的：token 计数、模型列表、其他路径

# 连接客户端
help-env-about = 把客户端连接到 zephyrd
help-env-long = 打印 shell 变量，或编辑客户端自己的设置。`eval "$(zephyrctl env claude)"` 连接从此 shell 启动的程序；`--write` 永久连接客户端。zephyrd 不必在运行：此时假定为其通常的地址。
help-env-arg-client = 省略则为各 SDK 读取的变量
help-env-arg-client-value-claude = Claude Code 和 Anthropic 的 SDK
help-env-arg-client-value-codex = OpenAI Codex
help-env-arg-client-value-opencode = opencode
help-env-arg-client-value-openai = OpenAI 的 SDK 及基于它们的程序
help-env-arg-write = 把地址写入客户端自己的设置文件
help-env-arg-undo = 恢复 `--write` 替换的内容

# 配置及其他
help-reload-about = 重新读取配置，并等到它生效
help-reload-long = 有错误的配置不会改变任何东西：显示全部错误，退出状态为 6。健康状态和正在运行的请求不受影响。
help-config-about = 检查配置、显示配置，或告知配置在哪里
help-config-check-about = 检查配置文件，不影响正在运行的 zephyrd
help-config-check-long = 一次显示所有错误；有错误时退出状态为 6。
help-config-check-arg-file = 省略则为 zephyrd 读取的文件
help-config-show-about = 显示生效的配置，隐去机密
help-config-show-arg-effective = 每个键及其生效的值，包括默认值
help-config-path-about = 告知正在运行的 zephyrd 读取哪个文件，或会读取哪个文件
help-completion-about = 打印 Tab 补全脚本
help-completion-long = 端点和分组的名称来自正在运行的 zephyrd。
    
    bash，在 ~/.bashrc 中：source <(zephyrctl completion bash)
    zsh，在 ~/.zshrc 的 compinit 之后：source <(zephyrctl completion zsh)
    fish，在 config.fish 中：zephyrctl completion fish | source
help-completion-arg-shell = shell 的名称
