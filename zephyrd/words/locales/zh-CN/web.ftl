# 网页仪表盘的框架、登录，以及操作页面。
skip-to-content = 跳到内容

login-title = 登录
login-how = 要登录，请打开此命令打印的链接：
login-failed = 此链接已被使用或已过期。请获取新的链接：
login-needs-script = 登录需要 JavaScript。
