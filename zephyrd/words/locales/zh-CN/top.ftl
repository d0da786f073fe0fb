# 面板
top-endpoints = 端点
top-connections = 进行中
top-requests = 请求
top-usage = 用量
top-log = 日志
top-help = 帮助
top-sorted = 排序：{ $order }

# 页眉
top-connecting = 正在连接 …
top-mode-auto = 自动，{ $strategy }
top-mode-pinned = 固定到 { $name }，不回退
top-mode-pinned-fallback = 固定到 { $name }，可回退
top-rate = { $rate } 请求/秒
top-running = { $count } 个进行中
top-waiting = { $count } 个等待
top-today = 今日 { $requests } 个请求，{ $cost }
top-today-unknown = 今日 –
top-offline = 自 { $since } 起离线：不归咎于任何端点
top-paused = 探测已暂停，状态可能过时
top-config-refused = 上次重新加载被拒绝，仍使用之前的配置
top-budget = 预算 { $whose }（{ $limit }）已用 { $share }
top-stale = 自 { $since } 起数据过时：{ $why }；正在重试

# 列
top-col-endpoint = 端点
top-col-group = 分组
top-col-state = 状态
top-col-latency = 延迟
top-col-history = 历史
top-col-ttft = 首字
top-col-run = 在途
top-col-priority = 优先
top-col-turn = 次序
top-col-age = 已历时
top-col-request = 请求
top-col-phase = 阶段
top-col-model = 模型
top-col-tries = 尝试
top-col-client = 客户端
top-col-session = 会话
top-col-time = 时间
top-col-status = 状态
top-col-took = 耗时
top-col-in = 输入
top-col-out = 输出
top-col-cost = 费用
top-col-requests = 请求数
top-col-good = 成功
top-col-cached = 缓存
top-col-saved = 节省
top-col-day = 日期
top-col-level = 级别
top-col-message = 消息
top-turn-now = 当前
top-unnamed = （无）
top-total = 合计

# 请求的阶段
top-phase-receiving = 接收中
top-phase-asking = 询问中
top-phase-answering = 回答中
top-phase-queued = 排队
top-phase-suspended = 挂起
top-phase-sharing = 共享

# 排序
top-order-config = 配置
top-order-turn = 次序
top-order-latency = 延迟
top-order-state = 状态
top-order-name = 名称
top-order-longest = 历时
top-order-endpoint = 端点
top-order-model = 模型
top-order-newest = 时间
top-order-slowest = 耗时
top-order-cost = 费用
top-order-requests = 请求数

# 用量
top-usage-by = 按
top-by-model = 模型
top-by-endpoint = 端点
top-by-group = 分组
top-by-client = 客户端
top-by-day = 日期
top-usage-today = 今日
top-usage-month = 最近 30 天

# 没有内容时
top-nothing-passes = 没有符合筛选的内容；按 Esc 取消筛选
top-no-endpoints = 未配置端点
top-no-connections = 没有进行中的请求
top-no-requests = 还没有请求
top-no-log = 还没有日志
top-endpoint-gone = { $name } 已不存在
top-asking = 正在询问 zephyrd …
top-too-small = `zephyrctl top` 需要 { $columns }×{ $lines } 个字符；此终端为 { $has }

# 正在做的和做完的
top-doing-pin = 正在固定到 { $name }：所有新请求都将发往那里
top-doing-unpin = 正在取消固定：重新由策略决定
top-doing-pause = 正在暂停所有探测：请求照常处理
top-doing-resume = 正在恢复探测
top-doing-probe = 正在探测所有端点
top-doing-priority = 正在将 { $name } 的优先级设为 { $number }
top-doing-read = 正在重新读取
top-done-pin = 已固定到 { $name }；按 m 取消固定
top-done-unpin = 已取消固定：由策略决定
top-done-pause = 探测已暂停；按 p 恢复
top-done-resume = 探测已恢复
top-done-probe = 已探测所有端点
top-done-priority = { $name } 的优先级为 { $number }
top-done-priority-saved = { $name } 的优先级为 { $number }，已写入 { $file }
top-done-read = 已重新读取
top-nobody-to-pin = 当前没有端点提供服务，无法固定
top-no-such-endpoint = 没有端点对应此键
top-priority-where = 请在端点面板中修改优先级

# 提问
top-ask-filter = 筛选：{ $typed }_
top-ask-priority = { $name } 的优先级（当前 { $now }）：{ $number }_
top-ask-priority-unused = {"  "}（策略 `{ $strategy }` 只看分组的优先级）
top-ask-save = 将 { $name } 的优先级设为 { $number }：同时写入配置？y/n  { $file }

# 最后一行
top-hint-endpoints = q 退出  r 探测  p 暂停  m 自动/固定  1-9 固定  + - 优先级  Enter  Tab  ? 帮助
top-hint-list = q 退出  Tab 下一面板  ↑ ↓ 选择  Enter 详情  / 筛选  s 排序  ? 帮助
top-hint-usage = q 退出  Tab 下一面板  ← → 分类  / 筛选  s 排序  r 重新读取  ? 帮助
top-hint-help = ↑ ↓ 滚动  Esc 返回  q 退出
top-hint-detail = ↑ ↓ 滚动  Esc 返回  q 退出
top-hint-filter = Enter 保留  Esc 取消筛选  Ctrl-U 清空
top-hint-priority = Enter 继续  + - 增减  Esc 放弃
top-hint-save = y 同时写入配置  n 仅本次生效  Esc 放弃

# 按键
top-key-pick = 固定标有此键的端点：所有新请求都将发往那里
top-key-picks = 大写字母；按配置中的顺序 { $keys }
top-key-quit = 退出
top-key-refresh = 立即探测所有端点；在用量和进行中面板：重新读取
top-key-probes = 暂停或恢复所有探测；请求照常处理
top-key-mode = 取消固定；或固定当前提供服务的端点
top-key-more = 修改所选端点的优先级，从加一开始
top-key-less = 同上，从减一开始；会询问是否保存
top-key-up = 向上
top-key-down = 向下
top-key-page-up = 上一页
top-key-page-down = 下一页
top-key-home = 到开头
top-key-end = 到末尾；在日志末尾会跟随新内容
top-key-open = 详情：历史、限制和探测，或请求为何如此走向
top-key-close = 返回；依次取消消息、筛选、选择
top-key-next-pane = 下一面板
top-key-last-pane = 上一面板
top-key-filter = 只显示包含某文本的行
top-key-sort = 下一种排序
top-key-next-by = 用量：下一种分类
top-key-last-by = 用量：上一种分类
top-key-help = 显示或关闭帮助
top-key-redraw = 重绘屏幕
top-key-suspend = 回到 shell；`fg` 继续

# 错误
top-no-json = `top` 在终端上绘制，没有 `--json`
top-no-json-hint = `zephyrctl status --json` 和 `zephyrctl watch --json` 向程序提供相同的信息
top-no-terminal = `top` 需要一个可以绘制并读取按键的终端
top-no-terminal-hint = `zephyrctl status` 和 `zephyrctl watch` 不需要终端
top-terminal-fails = 终端没有响应
top-terminal-gone = 终端已不存在
top-no-signals = 无法监听信号
top-too-much = 一次要求的操作太多：请等待正在进行的操作完成
