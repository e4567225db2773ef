//! How the page looks: light and dark, wide and narrow, on paper.

use crate::plot::{DARK, LIGHT};

pub fn sheet() -> String {
    let colours = |all: &[&str]| -> String { all.iter().enumerate().map(|(n, c)| format!("--s{n}:{c};")).collect() };
    let series: String = (0..LIGHT.len()).map(|n| format!(".s{n}{{--c:var(--s{n})}}")).collect();
    format!(
        ":root{{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--faint:#555;--rule:#d0d0d0;--box:#f4f5f7;--link:#0b4f8a;--heed:#8a2b00;{}}}\
         @media (prefers-color-scheme:dark){{:root{{--ink:#ececec;--paper:#16181c;--faint:#b4b4b4;--rule:#3c4048;--box:#1f2228;--link:#8cc4f5;--heed:#ffb38a;{}}}}}\
         @media print{{:root{{--ink:#000;--paper:#fff;--faint:#333;--rule:#bbb;--box:#fff;--link:#000;--heed:#000;{}}}}}\
         {series}{SHEET}",
        colours(&LIGHT),
        colours(&DARK),
        colours(&LIGHT)
    )
}

const SHEET: &str = "\
*{box-sizing:border-box}\
body{margin:0 auto;max-width:1240px;padding:16px;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}\
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .6rem}h2{margin:2rem 0 .6rem;border-bottom:1px solid var(--rule)}h3{margin:1.2rem 0 .3rem;font-size:1.05rem}\
p{margin:.4rem 0}.of{color:var(--faint);margin:0}a{color:var(--link)}\
nav a{display:inline-block;margin:.3rem .9rem .3rem 0;padding:.2rem 0}\
.calm,.heed{font-weight:600}.heed{color:var(--heed);border-left:4px solid var(--heed);padding-left:.6rem}\
ul.told{margin:.3rem 0;padding-left:1.3rem}\
.wide{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;width:100%;font-size:.95rem}\
caption{text-align:left;font-weight:600;padding:.3rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--rule);overflow-wrap:normal}\
thead th{vertical-align:bottom}th[scope=row]{font-weight:400;color:var(--faint);width:18rem}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
.exact{color:var(--faint);font-size:.85em}code,pre{font:.88em/1.45 ui-monospace,monospace;unicode-bidi:isolate}td code{overflow-wrap:anywhere}\
pre{background:var(--box);padding:.6rem;overflow-x:auto;white-space:pre-wrap;margin:.3rem 0}\
td:has(.bar){white-space:nowrap}.bar{width:90px;height:10px;vertical-align:baseline}.bar .ground{fill:var(--rule)}.bar .part{fill:var(--s0)}\
figure{margin:0}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:1rem}\
.card{background:var(--box);padding:.4rem .8rem .8rem;min-width:0;break-inside:avoid}\
svg.plot{width:100%;height:auto;display:block}svg text{font:14px system-ui,sans-serif;fill:var(--ink)}\
.grid{stroke:var(--rule);fill:none}.axis{stroke:var(--faint);fill:none}.label{fill:var(--faint)!important}\
.line{stroke:var(--c);stroke-width:2;fill:none}.band{fill:var(--c);fill-opacity:.18;stroke:none}.dot{fill:var(--c)}\
.fill{stroke:var(--c);stroke-width:1}.ground{fill:var(--c);fill-opacity:.28}.hatch{stroke:var(--c);stroke-width:1.6;fill:none}.busy{fill:var(--c)}\
.mark{stroke:var(--ink);stroke-width:1.6;stroke-dasharray:5 4;fill:none}.pixels,.pictures img{image-rendering:pixelated}\
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.3rem 0;padding:0;font-size:.9rem}.sample{width:36px;height:14px;vertical-align:middle}\
details{margin:.3rem 0}summary{cursor:pointer;color:var(--link)}\
.pictures{display:flex;flex-wrap:wrap;gap:1rem}.pictures figure{max-width:100%;break-inside:avoid}.pictures img{display:block;max-width:100%;height:auto;background:var(--paper);border:1px solid var(--rule)}\
.pictures figcaption{font-size:.85rem;max-width:38rem}.frame{color:var(--ink)}.columns{color:var(--faint)}\
.bad{display:inline-block;width:16px;height:16px;vertical-align:text-bottom;background:conic-gradient(#b8b0b0 25%,#706868 0 50%,#b8b0b0 0 75%,#706868 0) 0 0/8px 8px}\
svg.scale{width:100%;max-width:400px;height:auto;display:block;margin:.3rem 0}\
.tracks svg{max-width:760px}.tracks p{margin:.5rem 0 0;font-size:.9rem}\
@media (max-width:620px){body{padding:10px}h1{font-size:1.45rem}svg text{font-size:19px}svg.scale text{font-size:13px}.card{padding:.3rem .3rem .6rem}th[scope=row]{width:auto}}\
@media print{nav{display:none}body{max-width:none;padding:0;font-size:11pt}details::details-content{content-visibility:visible;display:block}.plots{grid-template-columns:1fr 1fr}a{text-decoration:none}}";
