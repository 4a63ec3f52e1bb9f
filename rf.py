import struct, soundfile, io, itertools
def chunk(i,c): return struct.pack('<4sI',i,len(c))+c+b'\0'*(len(c)%2)
n=1000
fmt=struct.pack('<HHIIHH',1,2,48000,288000,6,24)
def make(before,after):
    body=b''.join(before); tail=b''.join(after)
    data=bytes(n*6)
    total=4+36+len(body)+8+len(data)+len(tail)
    return b'RF64\xff\xff\xff\xffWAVE'+chunk(b'ds64',struct.pack('<QQQI',total,len(data),n,0))+body+b'data\xff\xff\xff\xff'+data+tail
f=chunk(b'fmt ',fmt); bx=chunk(b'bext',bytes(602)+b'abcd\r\n'); ix=chunk(b'iXML',b'<a/> \n'); cue=chunk(b'cue ',struct.pack('<I',1)+struct.pack('<II4sIII',1,5,b'data',0,0,5))
lst=chunk(b'LIST',b'adtl'+chunk(b'labl',b'\1\0\0\0ab\0'))
for name,b,a in [('fmt',[f],[]),('bext+fmt',[bx,f],[]),('ixml+fmt',[ix,f],[]),('fmt+ixml',[f,ix],[]),('fmt cue',[f],[cue]),('fmt cue list',[f],[cue,lst]),('all',[bx,ix,f],[cue,lst])]:
    try: i=soundfile.info(io.BytesIO(make(b,a))); print(name,i.frames)
    except Exception as e:
        print(name,e)
        s=soundfile.SoundFile.__new__(soundfile.SoundFile)
