#include "trireme/telemetry/report.h"

namespace trireme::telemetry {

// Series colours are those of Okabe and Ito, "Color Universal Design", 2008, which readers with any colour vision can
// tell apart; the dark ones are lightened to at least 3:1 on the background.
std::string_view report_style() {
  return R"(:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--dim:#59636e;--grid:#e3e7eb;--card:#f6f8fa;
--s0:#0072b2;--s1:#d55e00;--s2:#007a5a;--s3:#b0508a;--s4:#8a6d00;--s5:#2a7fb8;--s6:#5b4fc4;--s7:#59636e}
@media (prefers-color-scheme:dark){:root{--page:#15191e;--ink:#e8ebee;--dim:#a0aab4;--grid:#2c333b;--card:#1c2127;
--s0:#56b4e9;--s1:#f0803c;--s2:#2fc79b;--s3:#e08cc0;--s4:#e6c229;--s5:#8ecdf2;--s6:#a79df2;--s7:#a0aab4}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:24px 20px 48px;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 8px}
p{margin:0 0 8px}.dim,figcaption span,caption{color:var(--dim)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px;margin-top:16px}
figure{margin:0;background:var(--card);border-radius:8px;padding:12px 12px 4px}
figcaption{font-weight:600;padding-left:4px}figcaption span{font-weight:400}
svg{display:block;width:100%;height:auto}
svg text{font-size:12px;fill:var(--dim)}
.grid{stroke:var(--grid);fill:none}.axis{stroke:var(--dim);fill:none}
.mark{stroke:var(--dim);stroke-dasharray:2 4;stroke-width:1.5;fill:none}
.line{fill:none;stroke:currentColor;stroke-width:1.6;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}.dotted{stroke-dasharray:1.5 3}
circle{fill:currentColor}
.s0{color:var(--s0)}.s1{color:var(--s1)}.s2{color:var(--s2)}.s3{color:var(--s3)}
.s4{color:var(--s4)}.s5{color:var(--s5)}.s6{color:var(--s6)}.s7{color:var(--s7)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;padding:0;margin:12px 0 0}
.legend svg{display:inline-block;width:28px;height:10px;margin-right:6px;vertical-align:middle}
.legend span{color:var(--ink)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:4px}
th,td{text-align:left;padding:4px 20px 4px 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{font-weight:600}tbody th{font-weight:400}tbody th small{display:block;color:var(--dim)}
code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
summary{cursor:pointer;padding:4px 0}
)";
}

}  // namespace trireme::telemetry
