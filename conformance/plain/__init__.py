"""A decoder written from the text of the specification alone: slow, simple, and none of the package's code.

It is what an implementer elsewhere would write first. The modules follow the clauses, and each function names its clause and uses the
names of the specification, so that both can be read side by side:

| clause | module |
|---|---|
| 3 Conventions | `bits` |
| 4 Container | `container` |
| 5 Range coder | `rangecoder` |
| 6.1 to 6.3 Text | `text` |
| 6.4 to 6.10 Text under a language model | `language` |
| 7.1 to 7.3 Maps | `maps` |
| 7.4 Maps as JBIG2 regions | `jbig2` |
| 7.5, 7.6 Maps under the map model | `mapmodel` |
| 8 Image: pixel grid | `grid` |
| 9 Generation | `generation` |
| 10 Ancillary components | `ancillary` |
| 11 Profiles | `profiles` |
| 12 Limits | `limits` |
| 13 Bit accounting | `accounting` |
| 14.1 Registry | `registry` |
| 17 Image: latents | `latents` |
| 18 Image: CompressAI strings | `compressai` |
| 19 Image: conventional codestreams | `codestream` |
| Annex B Normative tables | `tables` |

`modelfile` reads the files of arrays of clauses 6.5, 7.6, 8.7 and 17.7, which have one form. `decoder` puts it all together: a file
from its first byte to its content and its verdict. `python -m misc_conformance.plain` answers the harness.

Left out is what takes no part in decoding a file to its content: the folder form (14.2), JBIG2 files (7.4.6), files of codestreams
(19.5), and the reconstruction of pixels (8.6, 17.8, 18.3, 19.6).
"""
