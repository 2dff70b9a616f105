"""变换：文本进，文本出。``markdown`` 在 Markdown 阶段，其余在 HTML 阶段；都不碰代码块。"""
