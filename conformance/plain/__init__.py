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
| 7.5 Maps under the map model | `mapmodel` |
| 8 Image: pixel grid | `grid` |
| 9 Image: latents | `latents` |
| 10 Image: CompressAI strings | `compressai` |
| 11 Image: conventional codestreams | `codestream`, `codestreamheaders` |
| 12 Image: arrays and strings | `arrays`, `arraycoding` |
| 13 Generation | `generation` |
| 14 Ancillary components | `ancillary` |
| 15 Profiles | `profiles` |
| 16 Limits | `limits` |
| 17 Bit accounting | `accounting` |
| 18.1 Registry | `registry` |
| Annex B Normative tables | `tables` |

`modelfile` reads the files of arrays of clauses 6.5, 7.5.8, 8.5 and 9.3, which have one form. `decoder` puts it all together: a file
from its first byte to its content and its verdict. `python -m misc_conformance.plain` answers the harness.

Left out is what takes no part in decoding a file to its content: the folder form (18.2), JBIG2 files (7.4.6), files of codestreams
(11.5), and the reconstruction of pixels (8.7, 9.8, 10.3, 11.6).
"""
